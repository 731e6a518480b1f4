export function CreateView() { return <h1>CreateView</h1>; }
