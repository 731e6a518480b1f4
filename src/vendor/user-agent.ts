import { name, version } from "../../package.json";

export const userAgent = `${name}/${version}`;
