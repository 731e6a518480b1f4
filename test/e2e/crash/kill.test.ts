import { describeCrashes } from "./properties.ts";

describeCrashes({ kills: 3, auth: "bearer" });
