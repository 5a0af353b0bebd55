// A map in time: the numbers of every frame, and what changes on the map from one frame to the next. Nothing that Leaflet
// holds is made anew; a feature whose class stays is not touched.

const ARRAYS = { u1: Uint8Array, u2: Uint16Array, i2: Int16Array, i4: Int32Array, f8: Float64Array };

function readArray([type, text]) {
  return new ARRAYS[type](Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer);
}

function readSeries(scene) {
  const frames = scene.time.times.length;
  scene.time.frame = scene.time.shown;
  for (const layer of movingLayers(scene)) {
    const { series } = layer;
    series.frames = frames;
    series.classes = readArray(series.classes);
    series.values = series.values && readArray(series.values);
    series.rows = series.rows.map(([caption, texts, codes]) => ({ caption, texts, codes: readArray(codes) }));
    layer.features.forEach((feature, place) => {
      feature.start = place * frames; // where its frames begin in each array
      feature.layer = layer;
    });
    settleFrame(layer, scene.time.frame);
  }
}

function movingLayers(scene) {
  return scene.layers.filter((layer) => layer.series);
}

// The features of a layer as they are at a frame; what is drawn follows in `showFrame`.
function settleFrame(layer, frame) {
  layer.series.frame = frame;
  for (const feature of layer.features) {
    feature.class = layer.series.classes[feature.start + frame];
    feature.symbol = layer.classes[feature.class].symbol;
    feature.says = saysAt(feature, frame);
  }
}

// The number of a feature at a frame, or null where there is none.
function numberAt({ layer: { series }, start }, frame) {
  const whole = series.values[start + frame];
  return whole === series.missing ? null : whole / 10 ** series.decimals;
}

// Value with its unit, or the name of the class: of a category, and of what has no value.
function saysAt(feature, frame) {
  const { series, classes } = feature.layer;
  const value = series.values ? numberAt(feature, frame) : null;
  if (value === null) return classes[series.classes[feature.start + frame]].label;
  return [numberText(value, series.decimals), series.unit].filter(Boolean).join(' ');
}

// As the package prints numbers: thousands apart by a thin space, a true minus sign.
function numberText(value, decimals) {
  const [whole, rest] = Math.abs(value).toFixed(decimals).split('.');
  const text = whole.replace(/\B(?=(\d{3})+$)/g, '\u2009') + (rest ? `.${rest}` : '');
  return value < 0 ? `\u2212${text}` : text;
}

// Lines of the details that change with time.
function movingRows({ layer: { series }, start }) {
  return series.rows.map(({ caption, texts, codes }) => [caption, codes[start + series.frame] - 1, texts])
    .filter(([, code]) => code >= 0).map(([caption, code, texts]) => [caption, texts[code]]);
}

function showFrame(view, frame) {
  const { time } = view.scene;
  time.frame = frame;
  let reshaped = false;
  for (const layer of movingLayers(view.scene)) {
    settleFrame(layer, frame);
    for (const feature of layer.features) {
      if (feature.paths[0] && feature.paths[0].drawn !== feature.class) reshaped = redress(feature) || reshaped;
      if (layer.interactive) for (const path of feature.paths) path.getElement().setAttribute('aria-label', spokenName(feature));
    }
    if (layer.entry) renewCounts(layer);
    const hover = layer.group.getTooltip();
    if (hover && hover.isOpen()) hover.update();
  }
  renewDetails(view);
  for (const follow of view.followTime) follow(frame);
  if (reshaped) view.refresh(); // names stand beside symbols
}

// Another class, another look; true where the symbol now covers another part of the map.
function redress(feature) {
  const { symbol, layer } = feature;
  let reshaped = false;
  for (const path of feature.paths) {
    path.drawn = feature.class;
    const { marker, radius } = path.options;
    path.setStyle({ ...pathOptions(symbol, layer), ...(layer.shape === 'point' ? { marker: symbol.marker, radius: (symbol.size * PX) / 2 } : {}) });
    reshaped = reshaped || marker !== path.options.marker || radius !== path.options.radius;
  }
  return reshaped;
}

// The details box that is open keeps its place; its lines follow the time.
function renewDetails(view) {
  if (!view.open || !view.open.feature.layer.series) return;
  const lines = view.open.popup.getElement() && view.open.popup.getElement().querySelector('tbody');
  if (lines) lines.replaceChildren(...detailsRows(view.open.feature));
}

function timeAccount({ scene: { time }, playing }) {
  return Object.freeze({
    frame: time.frame,
    frames: time.times.length,
    time: time.times[time.frame],
    label: document.querySelector('#changji-moment b').textContent,
    remark: document.querySelector('#changji-moment span').textContent,
    playing: Boolean(playing),
  });
}
