import { effect, signal } from "@preact/signals";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageName = "account-gateway.theme";

export const theme = signal<Theme>(themes.find((each) => each === localStorage.getItem(storageName)) ?? "system");

effect(() => {
  localStorage.setItem(storageName, theme.value);
  document.documentElement.dataset["theme"] = theme.value;
});
