// Pages of code follow the choice of light or dark that was made on the others.
const choice = localStorage.getItem("vitepress-theme-appearance") ?? "auto";
const dark = choice === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : choice === "dark";
document.documentElement.classList.toggle("dark", dark);
