"""8. Monitoring: a made-up year of hours to county days, months, a calendar, a ranking and a map with a time slider."""

import sys
from pathlib import Path

import changji_geo as cg
from changji_geo.monitoring import air
from changji_geo.report.figures.calendar import write_calendar
from changji_geo.spec import TimeSpec

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples") / "monitoring"
made = air.write_sample_hours(out / "hours", year=2025, stations=14, seed=1)
data = air.load_hours(made.files, register=made.register)  # ozone columns, gaps, 9999, units: see data.findings
print(f"{len(data.codes)} 个示例站点，{len(data.findings)} 类发现")

places = air.choose_places(data.stations, "county")
days = air.build_place_daily(data, places)  # mean of the valid sites first, then the index by the day's own standard
months = air.build_periods(days, [air.month_period(2025, m) for m in range(1, 13)])
good = months.days[months.days["valid"]].groupby("period")["good_days"].mean()
print(f"2025 年 1 月各县（市）优良天数平均 {good['2025-01']:.1f} 天，7 月 {good['2025-07']:.1f} 天（示例数据）")

series = air.daily_series(days, places, "days", origin="示例数据", sample=True)
spec = cg.load_map_spec("air_days")[1]
layers = [layer.model_copy(update={"series": "days"}) if layer.moves else layer for layer in spec.layers]
layers = [layer for layer in layers if layer.source != "sample_air_stations"]
time = TimeSpec(start="2025-01-01", end="2025-12-31", shown="2025-01-15")
scene = cg.build_scene(spec.model_copy(update={"layers": layers, "time": time}), series={"days": series})
cg.render_html(scene, out / "空气质量.html")
named = days.assign(place=days["place"].map(places.names))
write_calendar(out / "日历.png", named[named["date"] >= "2025"], title="空气质量日历", notices=["示例数据"])
