import { expect, test } from "vitest";
import { faults, open, useBrowser } from "./browser.ts";

useBrowser();

test("what a page may not do is noticed", async () => {
  const page = await open("/healthz");
  expect(faults).toEqual([]);
  await page.setContent('<meta http-equiv="Content-Security-Policy" content="script-src \'none\'"><script>1</script>');
  await page.evaluate(() => fetch("http://elsewhere.test/").catch(() => {}));
  await page.evaluate(() => queueMicrotask(() => JSON.parse("uncaught")));
  await expect
    .poll(() => faults)
    .toEqual([
      expect.stringContaining("Content Security Policy"),
      "asks http://elsewhere.test/",
      expect.stringContaining("SyntaxError"),
    ]);
  faults.length = 0;
});
