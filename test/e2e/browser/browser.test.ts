import { expect, test } from "vitest";
import { faults, open, useBrowser } from "./browser.ts";

useBrowser();

test("the set-up notices a page's requests to other origins, policy violations and errors", async () => {
  const page = await open("/healthz");
  expect(faults).toEqual([]);
  await page.setContent('<meta http-equiv="Content-Security-Policy" content="script-src \'none\'"><script>1</script>');
  await page.evaluate(() => fetch("http://other.test/").catch(() => {}));
  await page.evaluate(() => queueMicrotask(() => JSON.parse("uncaught")));
  await expect
    .poll(() => faults)
    .toEqual([
      expect.stringContaining("Content Security Policy"),
      "requests http://other.test/",
      expect.stringContaining("SyntaxError"),
    ]);
  faults.length = 0;
});
