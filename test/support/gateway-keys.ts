/** The gateway keys of the tests, with the SHA-256 digests that the configurations contain. */
export const digests = {
  "demo-key": "c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c",
  "other-key": "580843d03d2216ff1a275d0991bad66e4d1af871171d929e9de604b7959f9bca",
  "operator-key": "c9736463f555cdb7d2a78cfd7aa8b8c4f09d906d78f8dab9228eda30a28c2818",
};
export type Key = keyof typeof digests;
