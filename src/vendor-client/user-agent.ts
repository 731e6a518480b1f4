/** As package.json has it, which not every runtime can import; a test holds the two together. */
export const userAgent = "account-gateway/0.1.0";
