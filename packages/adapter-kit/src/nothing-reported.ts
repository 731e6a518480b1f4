/** An account of which the vendor reports nothing. */
export const nothingReported = {
  name: null,
  code: null,
  external_ref: null,
  legal_name: null,
  registration_id: null,
  email: null,
  parent_id: null,
  active: null,
  type: null,
  customer_type: null,
  industry: null,
  custom: {},
  created_at: null,
  updated_at: null,
  vendor_fields: {},
  warnings: [],
};
