// Start: read the data block, set up the map, draw the layers, and show what was drawn to tests.

function start() {
  const scene = readScene(document.getElementById('changji-data').textContent);
  const [west, south, east, north] = scene.bbox;
  const bounds = L.latLngBounds([south, west], [north, east]);
  const map = L.map(scene.map, {
    attributionControl: false,
    zoomControl: false,
    trackResize: false,
    zoomSnap: scene.basemap ? 1 : 0.05,
    zoomAnimation: !calm.matches,
    fadeAnimation: !calm.matches,
    markerZoomAnimation: !calm.matches,
    inertia: !calm.matches,
    maxZoom: scene.basemap ? Math.min(20, scene.basemap.maxZoom + 2) : 18,
    wheelPxPerZoomLevel: 90,
  });
  // Leaflet slides the map when a details box needs room; for a reader who wants no motion it jumps.
  map.panBy = (offset, options) => L.Map.prototype.panBy.call(map, offset, calm.matches ? { ...options, animate: false } : options);
  window[scene.map] = map; // what folium's own statements refer to

  const view = { map, scene, bounds, open: null, labels: [], closeSheet() {} };
  let waiting = 0;
  view.refresh = () => {
    if (waiting) return;
    waiting = window.requestAnimationFrame(() => {
      waiting = 0;
      placeLabels(view);
    });
  };
  view.goHome = (options) => {
    closeDetails(view);
    view.home = homeView(view);
    map.setView(view.home.centre, view.home.zoom, options && options.animate ? options : { reset: true });
  };
  // The view counts as "home" until somebody moves it, so that a resized window is filled again.
  view.isHome = () => map.getZoom() === view.home.zoom
    && map.project(map.getCenter()).distanceTo(map.project(view.home.centre)) < 2;

  map.setView(bounds.getCenter(), 6, { animate: false });
  if (scene.time) readSeries(scene);
  settleSymbols(scene);
  if (scene.time) buildTime(view);
  addControls(view);
  view.goHome();
  map.setMinZoom(Math.max(1, Math.floor(view.home.zoom) - 2));
  map.setMaxBounds(bounds.pad(1.5));
  if (scene.basemap) addBasemap(map, scene.basemap);
  scene.layers.forEach((layer, index) => addLayer(view, layer, index));
  addLabels(view);
  if (scene.graticule) addGraticule(view);
  buildPanels(view);
  preparePrinting(view);
  placeLabels(view);
  map.on('moveend zoomend', view.refresh);
  let fresh = true; // the first report is of the finished layout
  new ResizeObserver(() => {
    const home = fresh || view.isHome();
    fresh = false;
    map.invalidateSize({ animate: false, pan: !home });
    if (home) view.goHome();
    view.refresh();
  }).observe(map.getContainer());
  if (scene.time) showFrame(view, scene.time.shown);
  expose(view);
  document.documentElement.dataset.ready = 'true';
}

// A read-only account of what stands on the page, read back from the page itself.
function expose(view) {
  const describe = (feature) => {
    const [path] = feature.paths;
    const node = path ? path.getElement() : null;
    return Object.freeze({
      id: feature.id,
      name: feature.name,
      classIndex: feature.class,
      color: node ? plainColor(node.getAttribute('fill')) : null,
      strokeColor: node ? node.getAttribute('stroke') : null,
      size: path instanceof SymbolMarker ? (path.getRadius() * 2) / PX : null,
      label: feature.labelElement ? feature.labelElement.textContent : '',
      labelShown: Boolean(feature.labelElement && feature.labelElement.classList.contains('placed')),
      paths: feature.paths.length,
      filteredOut: Boolean(feature.left),
      value: valueText(feature),
    });
  };
  const account = { map: view.map };
  Object.defineProperty(account, 'layers', {
    enumerable: true,
    get: () => view.scene.layers.map((layer) => Object.freeze({
      id: layer.id,
      title: layer.title,
      kind: layer.kind,
      pane: layer.pane,
      zIndex: Number(layer.paneElement.style.zIndex),
      visible: layer.shown,
      opacity: layer.shownOpacity,
      features: layer.features.map(describe),
      legend: legendTexts(layer),
      counts: layer.legend ? [...layer.entry.querySelectorAll('.count')].map((node) => Number(node.textContent)) : [],
    })),
  });
  Object.defineProperty(account, 'time', {
    enumerable: true,
    get: () => (view.scene.time ? timeAccount(view) : null),
  });
  Object.defineProperty(window, 'changjiMap', { value: Object.freeze(account), writable: false, configurable: false });
}

start();
