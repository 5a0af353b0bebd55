// The time bar: play, step, slider, speed, repeat; and the date, large enough to read across a table.

Object.assign(ICONS, {
  play: 'M8 5v14l11-7z',
  pause: 'M8.5 5v14M15.5 5v14',
  back: 'M17 6v12l-8-6zM6.5 6v12',
  forward: 'M7 6v12l8-6zM17.5 6v12',
  repeat: 'M17 3l3 3-3 3M4 11V9a3 3 0 0 1 3-3h13M7 21l-3-3 3-3M20 13v2a3 3 0 0 1-3 3H4',
  chart: 'M4 4v16h16M8.5 16v-4M12.5 16V8M16.5 16v-6',
});

const SPEEDS = [1, 2, 4, 8, 16]; // frames a second
const LATE = 3; // frames behind the clock after which it is set again
const STEP_NAMES = { day: '天', month: '个月', year: '年' };

function buildTime(view) {
  const { time } = view.scene;
  const last = time.times.length - 1;
  const section = document.getElementById('changji-time');
  const moment = document.getElementById('changji-moment');
  const [date, remark] = moment.children;
  view.followTime = [];
  view.playing = false;
  let speed = time.speed;
  let again = false;
  let clock = 0;

  const move = (frame) => {
    view.pause();
    showFrame(view, Math.min(last, Math.max(0, frame)));
  };
  view.moveTo = move;
  const setPlaying = (on) => {
    view.playing = on;
    play.replaceChildren(icon(on ? 'pause' : 'play'));
    play.setAttribute('aria-label', on ? '暂停' : '播放');
    play.title = on ? '暂停' : '播放';
    moment.setAttribute('aria-live', on ? 'off' : 'polite');
  };
  view.pause = () => { if (view.playing) setPlaying(false); };
  const tick = (now) => {
    if (!view.playing) return;
    const wait = 1000 / speed;
    if (now - clock >= wait) {
      clock = now - clock > LATE * wait ? now : clock + wait;
      showFrame(view, time.frame < last ? time.frame + 1 : 0);
      if (time.frame === last && !again) {
        view.pause();
        return;
      }
    }
    window.requestAnimationFrame(tick);
  };
  const toggle = () => {
    if (view.playing) {
      view.pause();
      return;
    }
    if (time.frame === last) showFrame(view, 0);
    setPlaying(last > 0);
    clock = performance.now();
    window.requestAnimationFrame(tick);
  };

  const wrap = (frame) => (again ? (frame + last + 1) % (last + 1) : frame);
  const play = button('播放', 'play', toggle);
  play.classList.add('time-play');
  const slider = el('input', { type: 'range', min: 0, max: last, step: 1, 'aria-label': '时间' });
  slider.addEventListener('input', () => move(Number(slider.value)));
  slider.addEventListener('keydown', (event) => {
    if (event.key !== ' ') return;
    event.preventDefault();
    toggle();
  });
  const speeds = el('select', { class: 'time-speed', 'aria-label': '播放速度', title: '播放速度' },
    ...[...new Set([...SPEEDS, speed])].sort((a, b) => a - b)
      .map((value) => el('option', { value, selected: value === speed }, `${value} ${STEP_NAMES[time.step]}/秒`)));
  speeds.addEventListener('change', () => { speed = Number(speeds.value); });
  const repeat = button('循环播放', 'repeat', () => {
    again = !again;
    repeat.setAttribute('aria-pressed', String(again));
  });
  repeat.setAttribute('aria-pressed', 'false');
  const chart = buildChart(view);

  const short = (frame) => time.labels[frame].replace(/（.*）$/, '');
  section.prepend(
    el('div', { class: 'time-keys' },
      button('上一时刻', 'back', () => move(wrap(time.frame - 1))), play,
      button('下一时刻', 'forward', () => move(wrap(time.frame + 1)))),
    el('div', { class: 'time-track' }, slider,
      el('span', { 'aria-hidden': 'true' }, short(0)), el('span', { 'aria-hidden': 'true' }, short(last))));
  section.append(el('div', { class: 'time-options' }, speeds, repeat, chart));
  setPlaying(false);
  view.followTime.push((frame) => {
    date.textContent = time.labels[frame];
    remark.textContent = time.remarks[time.remark[frame]];
    slider.value = String(frame);
    slider.setAttribute('aria-valuetext', [date.textContent, remark.textContent].filter(Boolean).join('，'));
  });
  // The longest date and remark keep their room, so that nothing moves while it plays.
  const room = (node, texts) => Math.max(...texts.map((text) => textWidth(text, node)));
  const widest = Math.max(room(date, longest(time.labels)), room(remark, longest(time.remarks)));
  moment.style.setProperty('--room', `${Math.ceil(widest) + 2}px`);
}

function longest(texts) {
  const length = Math.max(...texts.map((text) => text.length));
  return texts.filter((text) => text.length === length).slice(0, 8);
}

const ruler = document.createElement('canvas').getContext('2d');

// Width of a text in pixels as an element would set it.
function textWidth(text, node) {
  const { fontWeight, fontSize, fontFamily } = window.getComputedStyle(node);
  ruler.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  return ruler.measureText(text).width;
}
