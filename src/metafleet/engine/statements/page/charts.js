// What the pages of reports share: numbers and times as people read them, and the two charts.
const $ = id => document.getElementById(id);
const grouped = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const minus = text => text.replace("-", "−");
const money = value => value == null ? "–" : minus(grouped(value, 2));
const signed = value => value == null ? "–" : (value > 0 ? "+" : "") + money(value);
const percent = value => value == null ? "–" : minus(grouped(value, 2)) + " %";
const ratio = value => value == null ? "–" : minus(grouped(value, 2));
const two = value => String(value).padStart(2, "0");
const when = (msc, short) => {
  if (msc == null) return "open";
  const at = new Date(msc), day = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
  return short ? `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}` : `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
};
const tone = value => value > 0 ? "up" : value < 0 ? "down" : "";
const make = (tag, text, name) => { const node = document.createElement(tag); if (text != null) node.textContent = text; if (name) node.className = name; return node; };
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
function surface(canvas) {
  const scale = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = Math.round(width * scale); canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale); pen.clearRect(0, 0, width, height);
  pen.font = "12px system-ui, sans-serif"; pen.lineJoin = "round";
  return { pen, width, height };
}
function steps(low, high, count, least = 0) {
  const raw = Math.max(least, (high - low) / Math.max(1, count)), power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 2.5, 5, 10].map(one => one * power).find(one => one >= raw) || raw || 1;
  const made = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) made.push(at);
  return { made, step };
}
// As many places as the steps need, and no more.
const placesOf = step => step >= 1 ? (Number.isInteger(step) ? 0 : 1) : Math.min(5, Math.ceil(-Math.log10(step) + .01));
const dayLength = 86400000, lengths = [60000, 300000, 900000, 1800000, 3600000, 7200000, 14400000, 28800000, dayLength, 2 * dayLength, 7 * dayLength, 14 * dayLength, 30 * dayLength, 91 * dayLength, 365 * dayLength, 730 * dayLength];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const shortTime = (msc, step) => {
  const at = new Date(msc), day = `${at.getUTCDate()} ${months[at.getUTCMonth()]}`;
  if (step >= 30 * dayLength) return `${months[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  return step >= dayLength || (at.getUTCHours() === 0 && at.getUTCMinutes() === 0) ? day : `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
};
// Round moments of a span, no more than so many; where they are months, the first of each.
function momentsOf(begin, end, most) {
  const step = lengths.find(one => (end - begin) / one <= most) || lengths[lengths.length - 1], made = [];
  if (step < 30 * dayLength) for (let at = Math.ceil(begin / step) * step; at <= end; at += step) made.push([at, shortTime(at, step)]);
  else {
    const each = Math.round(step / (30.4 * dayLength)), first = new Date(begin);
    for (let month = 12 * first.getUTCFullYear() + Math.floor(first.getUTCMonth() / each) * each; ; month += each) {
      const at = Date.UTC(Math.floor(month / 12), month % 12);
      if (at > end) break;
      if (at >= begin) made.push([at, shortTime(at, step)]);
    }
  }
  return made;
}
function grid(pen, area, low, high, digits, y, least = 0) {
  pen.strokeStyle = css("--line"); pen.fillStyle = css("--faint"); pen.lineWidth = 1; pen.textAlign = "left"; pen.textBaseline = "middle";
  const { made, step } = steps(low, high, Math.max(2, area.height / 42), least);
  for (const value of made) {
    const at = Math.round(y(value)) + .5;
    pen.beginPath(); pen.moveTo(area.left, at); pen.lineTo(area.left + area.width, at); pen.stroke();
    pen.fillText(minus(grouped(value, digits ?? placesOf(step))), area.left + area.width + 8, at);
  }
}
function timeline(pen, marks, bottom) {
  pen.fillStyle = css("--faint"); pen.textAlign = "center"; pen.textBaseline = "top";
  for (const [at, text] of marks) pen.fillText(text, at, bottom + 8);
}
function label(pen, text, at, top, width) {
  // On a narrow screen what is read out takes two lines.
  const lines = Array.isArray(text) ? text : [text], whole = lines.join("   ");
  const shown = lines.length > 1 && pen.measureText(whole).width + 18 > width ? lines : [whole];
  const wide = Math.max(...shown.map(one => pen.measureText(one).width)) + 16, left = Math.max(2, Math.min(Math.max(at - wide / 2, 2), width - wide - 2));
  pen.fillStyle = css("--card"); pen.strokeStyle = css("--line"); pen.lineWidth = 1;
  pen.beginPath(); pen.rect(left + .5, top + .5, wide, 8 + 16 * shown.length); pen.fill(); pen.stroke();
  pen.fillStyle = css("--ink"); pen.textAlign = "left"; pen.textBaseline = "middle";
  shown.forEach((one, place) => pen.fillText(one, left + 8, top + 13 + 16 * place));
}
// The last place whose key is not after a value; 0 where all are.
function lastUntil(count, keyOf, value) {
  let first = 0, last = count - 1;
  while (first < last) { const middle = (first + last + 1) >> 1; keyOf(middle) <= value ? first = middle : last = middle - 1; }
  return first;
}
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// Equity over balance, the fall from the highest equity below. curve: [msc, balance, equity, …]; low: where a
// point has the least that equity was, the equity itself if nothing else is known; mark: [msc, words] of a line.
function equityChart(canvas, curve, { low: lowest = 2, mark = null } = {}) {
  let seen = null, peak = curve[0][2], deepest = 0;
  const falls = curve.map(sample => {
    const share = peak > 0 ? Math.max(0, peak - sample[lowest]) / peak * 100 : 0;
    peak = Math.max(peak, sample[2]); deepest = Math.max(deepest, share);
    return share;
  });
  function draw() {
    const { pen, width, height } = surface(canvas);
    const right = 74, fallHeight = 64, area = { left: 2, top: 8, width: width - right - 2, height: height - fallHeight - 46 };
    const begin = curve[0][0], end = Math.max(curve[curve.length - 1][0], begin + 1);
    let low = Infinity, high = -Infinity;
    for (const [, balance, equity] of curve) { low = Math.min(low, balance, equity); high = Math.max(high, balance, equity); }
    const room = Math.max((high - low) * .06, Math.abs(high) * 1e-4, .5); low -= room; high += room;
    const x = msc => area.left + (msc - begin) / (end - begin) * area.width, y = value => area.top + (high - value) / (high - low) * area.height;
    grid(pen, area, low, high, high - low < 20 ? 2 : 0, y);
    const line = (index, stepped) => {
      pen.beginPath();
      curve.forEach((sample, place) => { if (place && stepped) pen.lineTo(x(sample[0]), y(curve[place - 1][index])); pen[place ? "lineTo" : "moveTo"](x(sample[0]), y(sample[index])); });
    };
    const top = area.top + area.height + 14, bottom = top + fallHeight;
    if (mark) {
      pen.fillStyle = css("--fill"); pen.fillRect(x(mark[0]), area.top, x(end) - x(mark[0]), bottom - area.top);
      pen.fillStyle = css("--muted"); pen.textAlign = "left"; pen.textBaseline = "top"; pen.fillText(mark[1], x(mark[0]) + 6, area.top + area.height - 18);
    }
    pen.strokeStyle = css("--balance"); pen.lineWidth = 1.5; line(1, true); pen.stroke();
    line(2); pen.lineTo(x(end), area.top + area.height); pen.lineTo(x(begin), area.top + area.height); pen.closePath(); pen.fillStyle = css("--fill"); pen.fill();
    pen.strokeStyle = css("--accent"); pen.lineWidth = 1.75; line(2); pen.stroke();
    pen.beginPath(); pen.moveTo(x(begin), top);
    curve.forEach((sample, place) => pen.lineTo(x(sample[0]), top + falls[place] / Math.max(deepest, .01) * fallHeight));
    pen.lineTo(x(end), top); pen.closePath(); pen.fillStyle = css("--fall"); pen.fill(); pen.strokeStyle = css("--down"); pen.lineWidth = 1; pen.stroke();
    pen.fillStyle = css("--faint"); pen.textAlign = "left"; pen.textBaseline = "middle"; if (deepest > 0) pen.fillText("−" + percent(deepest), area.left + area.width + 8, bottom - 6);
    timeline(pen, momentsOf(begin, end, Math.max(2, area.width / 90)).map(([at, text]) => [x(at), text]).filter(([at]) => at > 24 && at < area.left + area.width - 16), bottom);
    if (seen == null) return;
    const place = lastUntil(curve.length, at => curve[at][0], begin + (clamp(seen, area.left, area.left + area.width) - area.left) / area.width * (end - begin)), sample = curve[place];
    pen.strokeStyle = css("--faint"); pen.lineWidth = 1; pen.setLineDash([3, 3]); pen.beginPath(); pen.moveTo(x(sample[0]), area.top); pen.lineTo(x(sample[0]), bottom); pen.stroke(); pen.setLineDash([]);
    label(pen, [`${when(sample[0], true)}   equity ${money(sample[2])}`, `balance ${money(sample[1])}   drawdown ${percent(falls[place])}`], x(sample[0]), area.top + 4, width);
  }
  canvas.onpointermove = event => { seen = event.offsetX; draw(); };
  canvas.onpointerleave = () => { seen = null; draw(); };
  return { draw };
}

// Candles with the trades on them. changed: called after each drawing, with whether less than all is shown.
function priceChart(canvas, trades, { bars: shown, changed = () => {} }) {
  let bars = shown, view = null, dragged = null, chosen = null, pointed = null;
  const right = 74, left = 2;
  const placeOf = msc => {
    // Bars stand side by side, weekends left out: a moment's place is a number of bars.
    const seconds = msc / 1000, first = lastUntil(bars.times.length, at => bars.times[at], seconds);
    return first + clamp((seconds - bars.times[first]) / bars.periodS, 0, 1);
  };
  const seenFrom = () => view || [0, bars.times.length];
  function trade(pen, one, entered, exited, { x, y, quiet, crowded }) {
    const isChosen = one === chosen, color = css(one.net >= 0 ? "--up" : "--down");
    const a = [x(entered), y(one.entryPrice)], b = [x(exited), y(one.exitPrice == null ? bars.close[bars.close.length - 1] : one.exitPrice)];
    if (isChosen) {
      for (const [level, name] of [[one.sl, "--down"], [one.tp, "--up"]]) if (level != null) {
        pen.strokeStyle = css(name); pen.lineWidth = 1; pen.setLineDash([2, 3]); pen.beginPath(); pen.moveTo(a[0], y(level)); pen.lineTo(Math.max(b[0], a[0] + 24), y(level)); pen.stroke(); pen.setLineDash([]);
      }
    }
    pen.globalAlpha = isChosen ? 1 : crowded ? .35 : quiet ? .5 : .85; pen.strokeStyle = color; pen.lineWidth = isChosen ? 2.5 : 1.25; pen.setLineDash(one.exitedMsc == null ? [4, 3] : []);
    pen.beginPath(); pen.moveTo(...a); pen.lineTo(...b); pen.stroke(); pen.setLineDash([]);
    const size = isChosen ? 6.5 : crowded ? 1.6 : quiet ? 3 : 4.5, up = one.side === "buy" ? 1 : -1;
    pen.fillStyle = css(one.side === "buy" ? "--accent" : "--down");
    pen.beginPath(); pen.moveTo(a[0], a[1]); pen.lineTo(a[0] - size, a[1] + up * size * 1.6); pen.lineTo(a[0] + size, a[1] + up * size * 1.6); pen.closePath(); pen.fill();
    if (one.exitedMsc != null) { pen.fillStyle = css("--card"); pen.strokeStyle = color; pen.lineWidth = crowded ? .75 : 1.5; pen.beginPath(); pen.arc(b[0], b[1], size * .75, 0, 7); pen.fill(); pen.stroke(); }
    pen.globalAlpha = 1;
  }
  function draw() {
    if (!bars) return;
    const { pen, width, height } = surface(canvas);
    const area = { left, top: 8, width: width - right - left, height: height - 40 };
    const [from, to] = seenFrom(), first = Math.max(0, Math.floor(from)), last = Math.min(bars.times.length - 1, Math.ceil(to));
    const mine = trades.filter(one => one.symbol === bars.symbol && one.enteredMsc != null).map(one => [one, placeOf(one.enteredMsc), one.exitedMsc == null ? bars.times.length : placeOf(one.exitedMsc)]).filter(([, a, b]) => b >= from && a <= to);
    let low = Infinity, high = -Infinity;
    for (let at = first; at <= last; at++) { low = Math.min(low, bars.low[at]); high = Math.max(high, bars.high[at]); }
    if (chosen && view) for (const level of [chosen.sl, chosen.tp]) if (level != null && Math.abs(level - chosen.entryPrice) < 2 * (high - low)) { low = Math.min(low, level); high = Math.max(high, level); }
    const room = (high - low) * .06 || high * 1e-4; low -= room; high += room;
    const x = place => area.left + (place - from) / (to - from) * area.width, y = value => area.top + (high - value) / (high - low) * area.height;
    grid(pen, area, low, high, bars.digits, y);
    pen.save(); pen.beginPath(); pen.rect(area.left, 0, area.width, area.top + area.height + 4); pen.clip();
    const wide = area.width / (to - from);
    if (wide >= 3) {
      for (let at = first; at <= last; at++) {
        const rose = bars.close[at] >= bars.open[at], middle = Math.round(x(at + .5)) + .5, top = y(Math.max(bars.open[at], bars.close[at]));
        pen.strokeStyle = pen.fillStyle = css(rose ? "--up" : "--down"); pen.globalAlpha = .55; pen.lineWidth = 1;
        pen.beginPath(); pen.moveTo(middle, y(bars.high[at])); pen.lineTo(middle, y(bars.low[at])); pen.stroke();
        pen.fillRect(middle - Math.max(1, wide * .32), top, Math.max(2, wide * .64), Math.max(1, y(Math.min(bars.open[at], bars.close[at])) - top)); pen.globalAlpha = 1;
      }
    } else {
      pen.beginPath(); for (let at = first; at <= last; at++) pen[at > first ? "lineTo" : "moveTo"](x(at + .5), y(bars.close[at]));
      pen.strokeStyle = css("--muted"); pen.lineWidth = 1.1; pen.stroke();
    }
    const manner = { x, y, quiet: mine.length > 250 && wide < 3, crowded: mine.length > 1000 && wide < 3 };
    for (const [one, entered, exited] of mine) if (one !== chosen) trade(pen, one, entered, exited, manner);
    for (const [one, entered, exited] of mine) if (one === chosen) trade(pen, one, entered, exited, manner);
    pen.restore();
    const marks = [], space = Math.max(1, Math.ceil((to - from) / Math.max(2, area.width / 90))), shownMsc = (to - from) * bars.periodS * 1000;
    for (let at = Math.ceil(from / space) * space; at <= last; at += space) {
      const text = shortTime(bars.times[at] * 1000, shownMsc > 300 * dayLength ? 30 * dayLength : shownMsc > 3 * dayLength ? dayLength : 0);
      if (x(at) > 24 && x(at) < area.left + area.width - 16 && text !== marks.at(-1)?.[1]) marks.push([x(at), text]);
    }
    timeline(pen, marks, area.top + area.height);
    if (dragged && !view) { pen.fillStyle = css("--fill"); pen.fillRect(Math.min(...dragged), area.top, Math.abs(dragged[1] - dragged[0]), area.height); }
    else if (!dragged && pointed != null && pointed < area.left + area.width) {
      const at = clamp(Math.floor(from + (pointed - area.left) / area.width * (to - from)), first, last), fixed = value => value.toFixed(bars.digits);
      label(pen, [when(bars.times[at] * 1000, true), `O ${fixed(bars.open[at])}  H ${fixed(bars.high[at])}  L ${fixed(bars.low[at])}  C ${fixed(bars.close[at])}`], x(at + .5), area.top, width);
    }
    changed(view !== null);
  }
  function look(from, to) {
    const count = bars.times.length, wide = clamp(to - from, Math.min(12, count), count);
    const begin = clamp((from + to - wide) / 2, 0, count - wide);
    view = wide >= count ? null : [begin, begin + wide];
    draw();
  }
  const zoom = (factor, share = .5) => { const [from, to] = seenFrom(), middle = from + share * (to - from), wide = (to - from) * factor; look(middle - share * wide, middle + (1 - share) * wide); };
  const pan = share => { const [from, to] = seenFrom(), by = share * (to - from); if (view) look(clamp(from + by, 0, bars.times.length - (to - from)), clamp(to + by, to - from, bars.times.length)); };
  const whole = () => { view = null; draw(); };
  function show(one) {
    chosen = one;
    const a = placeOf(one.enteredMsc ?? one.exitedMsc), b = one.exitedMsc == null ? bars.times.length : placeOf(one.exitedMsc), room = Math.max(20, (b - a) * .6);
    look(a - room, b + room);
  }
  const choose = other => { bars = other; view = null; chosen = null; draw(); };
  const spot = event => event.clientX - canvas.getBoundingClientRect().left, inside = () => canvas.clientWidth - right - left;
  canvas.onpointerdown = event => { dragged = [spot(event), spot(event)]; canvas.setPointerCapture(event.pointerId); };
  canvas.onpointermove = event => {
    pointed = spot(event);
    if (dragged && view) { pan((dragged[1] - pointed) / inside()); dragged[1] = pointed; return; }
    if (dragged) dragged[1] = pointed;
    draw();
  };
  canvas.onpointerleave = () => { pointed = null; draw(); };
  canvas.onpointercancel = () => { dragged = null; draw(); };
  canvas.onpointerup = () => {
    const ends = dragged; dragged = null;
    if (ends && !view && Math.abs(ends[1] - ends[0]) > 8) {
      const [from, to] = seenFrom(), [a, b] = ends.map(at => from + (at - left) / inside() * (to - from)).sort((one, other) => one - other);
      look(a, b);
    } else draw();
  };
  canvas.ondblclick = whole;
  canvas.addEventListener("wheel", event => {
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : .8, clamp((spot(event) - left) / inside(), 0, 1)); }
    else if (view && Math.abs(event.deltaX) > Math.abs(event.deltaY)) { event.preventDefault(); pan(event.deltaX / inside()); }
  }, { passive: false });
  canvas.tabIndex = 0;
  canvas.onkeydown = event => {
    const deed = { ArrowLeft: () => pan(-.2), ArrowRight: () => pan(.2), "+": () => zoom(.7), "=": () => zoom(.7), "-": () => zoom(1.4), Escape: whole }[event.key];
    if (deed) { event.preventDefault(); deed(); }
  };
  return { draw, show, choose, whole, zoom, pan, has: symbol => bars?.symbol === symbol };
}
// Draws again when the window, the theme or the paper changes.
function keepDrawn(draw) {
  addEventListener("resize", draw); matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("beforeprint", () => { document.documentElement.classList.add("paper"); draw(); });
  addEventListener("afterprint", () => { document.documentElement.classList.remove("paper"); draw(); });
  draw();
}
