// Bodies of known and unknown length, read in workerd.
import { testBodies } from "../../support/bodies.ts";

testBodies();
