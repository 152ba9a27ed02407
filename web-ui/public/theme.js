// Runs before the first paint, so that a chosen theme never flashes in the other one. A file of its own because the policy forbids inline scripts.
(function () {
  try {
    var theme = localStorage.getItem("layerzoo.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (denied) {
    // Storage may be switched off; the system's preference applies then.
  }
})();
