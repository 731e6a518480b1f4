import { describeCrashes } from "./properties.ts";

describeCrashes({ kills: 30, auth: "token" });
