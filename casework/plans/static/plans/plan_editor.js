// The plan editor: rows come and go in place, and a text beside the form is taken over by one press.
const editor = document.querySelector("[data-plan-editor]");

const announce = (words) => {
  document.getElementById("ui-announcements").textContent = words;
};

const controlsOf = (row) => [...row.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox])")];

const emptyRow = (section) => [...section.querySelectorAll("[data-row]:not([hidden])")].find((row) => !row.querySelector("textarea").value.trim());

const dress = (row) => {
  row.querySelector("[data-row-delete]").hidden = true;
  row.querySelector("[data-removes-row]").hidden = false;
};

const addRow = (section) => {
  const total = section.querySelector(`[name="${section.dataset.rows}-TOTAL_FORMS"]`);
  const template = section.querySelector("[data-row-template]");
  const row = template.content.firstElementChild.cloneNode(true);
  for (const each of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of [...each.attributes]) attribute.value = attribute.value.replaceAll("__prefix__", total.value);
  }
  total.value = Number(total.value) + 1;
  section.querySelector("[data-row-list]").append(row);
  dress(row);
  return row;
};

const removeRow = (row) => {
  row.querySelector("[data-row-delete] input").checked = true;
  row.hidden = true;
  const next = row.parentElement.querySelector("[data-row]:not([hidden]) textarea") ?? row.closest("[data-rows]").querySelector("[data-adds-row]");
  next.focus();
  announce("1行外しました。保存するまでは元のままです。");
};

const put = (control, text) => {
  const before = control.value.trim();
  if (!before.includes(text)) control.value = before ? `${before}\n${text}` : text;
  control.dispatchEvent(new Event("input", { bubbles: true }));
};

const takeOver = (button) => {
  const text = document.getElementById(button.dataset.takesOver).textContent.trim();
  const section = editor.querySelector(`[data-rows="${button.dataset.into}"]`);
  const control = section ? (emptyRow(section) ?? addRow(section)).querySelector("textarea") : document.getElementById(button.dataset.into);
  put(control, text);
  control.scrollIntoView({ block: "nearest" });
  announce("写しました。");
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-adds-row], [data-removes-row], [data-takes-over]");
  if (!button) return;
  event.preventDefault();
  if (button.matches("[data-adds-row]")) controlsOf(addRow(button.closest("[data-rows]")))[0].focus();
  else if (button.matches("[data-removes-row]")) removeRow(button.closest("[data-row]"));
  else takeOver(button);
});

for (const row of editor.querySelectorAll("[data-row]")) dress(row);
for (const button of document.querySelectorAll("[data-takes-over]")) button.hidden = false;
