/** What the console reads of the JSON Schema that a connection publishes. */
export interface JsonSchema {
  type?: string;
  enum?: (string | boolean)[];
  const?: string | boolean;
  format?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
}
