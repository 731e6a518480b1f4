/** A vendor's name in every way that the sources spell one. */
export interface Names {
  /** `acme-crm` */
  file: string;
  /** `acme_crm` */
  vendor: string;
  /** `acmeCrm` */
  value: string;
  /** `AcmeCrm` */
  type: string;
}

/** `undefined` where it is no name for a file. */
export function namesOf(file: string): Names | undefined {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(file)) return undefined;
  const type = file
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
  return { file, vendor: file.replaceAll("-", "_"), value: type.charAt(0).toLowerCase() + type.slice(1), type };
}
