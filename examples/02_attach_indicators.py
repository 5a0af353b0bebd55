"""2. Indicator values on a layer: which counties have a figure, and where it was published."""

import changji_geo as cg

counties = cg.load_layer("counties")
attached = cg.attach_indicators(counties, "rural_sewage_treatment_rate", period="2025")

for row in attached.frame.itertuples():
    # A county without a figure is "无数据" (NaN), never zero.
    known = f"{row.value:g} {row.unit}（{row.source}）" if row.value == row.value else "无数据"
    print(f"{row.name}：{known}")

print(f"图层精度：{attached.meta.accuracy}；来源：{attached.meta.source}")
