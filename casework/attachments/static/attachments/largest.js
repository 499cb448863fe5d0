// A body beyond the limit is refused unread, with all that was typed beside the file: so it is said before it is sent.
document.addEventListener("change", ({ target: input }) => {
  if (!input.matches("input[data-largest]")) return;
  const said = input.parentElement.querySelector("[data-said]") ?? document.createElement("p");
  const isTooLarge = [...input.files].some((file) => file.size > Number(input.dataset.largest));
  said.className = "ui-field__error";
  said.dataset.said = "";
  said.setAttribute("role", "alert");
  input.after(said);
  said.textContent = isTooLarge ? input.dataset.tooLarge : "";
  if (isTooLarge) input.value = "";
});
