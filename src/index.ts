import { adapters } from "../adapters/index.ts";
import { createApp } from "./app.ts";

export default createApp(adapters);
