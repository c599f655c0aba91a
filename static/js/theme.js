/* Before the first paint: the theme the visitor chose, else the phone's own. */
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch (error) {
  console.info("theme is not remembered on this device", error);
}
