/**
 * What `make` makes. Marked `@__PURE__` where it is called, it is left out by a bundler where nobody reads it, as no schema
 * is whose methods are called: in the Worker each one takes a part of its start. https://esbuild.github.io/api/#ignore-annotations
 */
export function droppable<Made>(make: () => Made): Made {
  return make();
}
