/** One thing that is wrong with a configuration: where, and what. */
export interface ConfigurationFault {
  path: string;
  detail: string;
}
