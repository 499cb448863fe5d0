// The address that a postcode filled in: the caret goes to its end, where the street number follows.
document.addEventListener("htmx:afterSettle", () => {
  const address = document.activeElement;
  if (address?.matches("[data-caret-at-end]")) address.setSelectionRange(address.value.length, address.value.length);
});
