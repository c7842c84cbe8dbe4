// Runs before the first paint, so that a chosen theme doesn't flash.
(() => {
  try {
    const theme = localStorage.getItem("lynkr.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Without storage the system's theme stands.
  }
})();
