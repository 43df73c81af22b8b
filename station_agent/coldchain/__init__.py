"""Cold boxes: what must stay how cold, whether it did, which parcels lay inside, and the figures and picture of it.

Pure but for `profiles.load_profiles`, which opens one file. `boxes.ColdBoxes` is what the agent holds; the county may
use `figures` and `picture` alone. Not a thermometer: readings come from `drivers`, and their raw blocks are recorded by
`station_agent.counter.boxes`.

    profiles.toml -> profiles -> machine (state, clocks) -> boxes (contents) -> records, changes, answers
    samples -> figures, picture
"""
