// The echo under a date field while typing. The server reads the date again: this only says what it will understand.
const ERAS = [["令和", "R", 2019, "2019-05-01"], ["平成", "H", 1989, "1989-01-08"], ["昭和", "S", 1926, "1926-12-25"], ["大正", "T", 1912, "1912-07-30"]];
const NAMED = { 今日: 0, 本日: 0, 明日: 1, 昨日: -1, 明後日: 2, 一昨日: -2 };
const DAY = 86_400_000;

const make = (year, month, day) => {
  const made = new Date(Date.UTC(year, month - 1, day));
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day ? made : null;
};
const iso = (day) => day.toISOString().slice(0, 10);

const nearest = (month, day, today, sense) => {
  const found = [-1, 0, 1].map((step) => make(today.getUTCFullYear() + step, month, day)).filter(Boolean);
  const fit = found.filter((one) => (sense === "past" ? one <= today : sense === "future" ? one >= today : true));
  return fit.sort((a, b) => Math.abs(a - today) - Math.abs(b - today))[0] ?? null;
};

const ofEra = (name, year, month, day) => {
  const era = ERAS.find(([long, letter]) => name === long || name === letter || name === long[0]);
  const made = era && make(era[2] + (year === "元" ? 1 : Number(year)) - 1, month, day);
  return made && eraOf(made)?.[0] === era[0] ? made : null;
};

const eraOf = (day) => ERAS.find(([, , , first]) => iso(day) >= first);

const read = (typed, today, sense) => {
  const text = typed.normalize("NFKC").toUpperCase().replace(/[‐-―−]/g, "-").replace(/\s|\([月火水木金土日](曜日?)?\)/g, "").replace(/・/g, ".");
  if (text in NAMED) return new Date(+today + NAMED[text] * DAY);
  let match = text.match(/^([+-])(\d{1,4})日?$/);
  if (match) return new Date(+today + Number(match[1] + match[2]) * DAY);
  match = text.match(/^(令和|平成|昭和|大正|[令平昭大RHST])(元|\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?$/);
  if (match) return ofEra(match[1], match[2], +match[3], +match[4]);
  match = text.match(/^(\d{4})(?:[年./-](\d{1,2})[月./-](\d{1,2})日?|(\d{2})(\d{2}))$/);
  if (match) return make(+match[1], +(match[2] ?? match[4]), +(match[3] ?? match[5]));
  match = sense !== "birthday" && text.match(/^(\d{1,2})[月/-](\d{1,2})日?$/);
  return match ? nearest(+match[1], +match[2], today, sense) : null;
};

const ageOn = (birth, today) => today.getUTCFullYear() - birth.getUTCFullYear() - (iso(today).slice(5) < iso(birth).slice(5) ? 1 : 0);

const echo = (day, today, sense) => {
  const era = eraOf(day);
  if (!era || (day > today && (sense === "past" || sense === "birthday"))) return "";
  const year = day.getUTCFullYear() - era[2] + 1;
  const days = Math.round((day - today) / DAY);
  const distance = days === 0 ? "今日" : days > 0 ? `あと${days}日` : `${-days}日前`;
  const remark = sense === "birthday" ? `${ageOn(day, today)}歳` : distance;
  return `${era[0]}${year === 1 ? "元" : year}年${day.getUTCMonth() + 1}月${day.getUTCDate()}日（${"日月火水木金土"[day.getUTCDay()]}）${day.getUTCFullYear()}年 – ${remark}`;
};

document.addEventListener("input", (event) => {
  const { wareki: sense, today: given } = event.target.dataset ?? {};
  const place = sense && document.getElementById(`${event.target.id}_echo`);
  if (!place) return;
  const today = new Date(`${given}T00:00:00Z`);
  const day = read(event.target.value, today, sense);
  place.textContent = day ? echo(day, today, sense) : "";
});
