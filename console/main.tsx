import { render } from "preact";
import { App } from "./app.tsx";
import { resume } from "./state/session.ts";

const root = document.querySelector("#console");
if (root !== null) render(<App />, root);
void resume();
