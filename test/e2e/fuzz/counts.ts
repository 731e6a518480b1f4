/** How many requests are made at the operations of each tag of the API, and how many replies each adapter is given. */
export const counts = { sample: 60, whole: 20_000 };

/** What has not come to an end by then never will. */
export const hangMs = 10_000;
