"""Solves instances of miaopu-allocation/1 with HiGHS: the linear relaxation, then the integer program.

Run by hand, never by a test:

    python3 -m venv venv && venv/bin/pip install highspy numpy
    venv/bin/python crates/planner/benches/highs.py --seconds 60 FOLDER/*.json

One line for each file: seconds and value of the relaxation, seconds, value, best bound and status of
the integer program, in points. Building the model in Python is not timed; passing it to HiGHS is.
"""

import argparse
import json
import resource
import time

import highspy
import numpy as np

POINT = 1_000_000


def fairness(weight, fair, rank):
    return (POINT * weight * ((2 * rank - 1) * 1000 - 2 * fair)) // fair if fair else 0


class Model:
    """Columns with costs and bounds, and rows, as HiGHS takes them."""

    def __init__(self):
        self.cost, self.upper = [], []
        self.low, self.high = [], []
        self.starts, self.index, self.value = [0], [], []

    def column(self, cost, upper):
        self.cost.append(cost / POINT)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(self, terms, low, high):
        for column, value in terms:
            self.index.append(column)
            self.value.append(value)
        self.starts.append(len(self.index))
        self.low.append(low)
        self.high.append(high)

    def steps(self, marginal, most):
        """One column for each level of a cost that never falls."""
        columns, rank = [], 1
        while rank <= most:
            cost, last = marginal(rank), rank
            while last < most and marginal(last + 1) == cost:
                last += 1
            columns.append(self.column(cost, last - rank + 1))
            rank = last + 1
        return columns


def build(d):
    model, inf = Model(), highspy.kHighsInf
    w = dict(cell_short=0, cell_over=0, **d["weights"]) if "cell_short" not in d["weights"] else d["weights"]
    target = d["target"]
    n, tolerance = target["intake"], target["tolerance_permille"]
    low, high = -((-n * (1000 - tolerance)) // 1000), n * (1000 + tolerance) // 1000
    attributes = {cell["id"]: set(cell.get("attributes", [])) for cell in d["cells"]}
    children, own = {}, {}
    terms = [[] for _ in d["rows"]]
    for unit in d["units"]:
        if "pool" not in unit:
            continue
        taken = []
        for cell, ready in unit["pool"].items():
            asked = min(unit.get("request_cells", {}).get(cell, 0), ready)
            for cost, most in ((-w["cell_short"], asked), (w["cell_over"], ready - asked)):
                if most == 0:
                    continue
                column = model.column(cost * POINT, most)
                taken.append(column)
                for k, row in enumerate(d["rows"]):
                    is_counted = (
                        row["attribute"] in attributes[cell] if "attribute" in row else row["tag"] in unit.get("tags", [])
                    )
                    step = int(is_counted)
                    if row["kind"] == "share":
                        step = row["at_least"]["den"] * step - row["at_least"]["num"]
                    if step:
                        terms[k].append((column, step))
        most = min(unit.get("upper", high), sum(unit["pool"].values()), high)
        least = max(unit.get("lower", 0), int(bool(unit.get("duty")) and most > 0))

        def marginal(rank, unit=unit):
            cost = POINT * (-w["short"] if rank <= unit.get("request", 0) else w["over"])
            cost += POINT * (-w["smooth"] if rank <= unit.get("previous", 0) else w["smooth"])
            cost -= POINT * w["dormant"] if rank == 1 and unit.get("dormant") else 0
            return cost + fairness(w["fair"], unit.get("fair_milli", 0), rank)

        columns = model.steps(marginal, most)
        model.row([(c, 1) for c in columns] + [(c, -1) for c in taken], 0, 0)
        model.row([(c, 1) for c in columns], least, most)
        own[unit["id"]] = columns
        children.setdefault(unit["parent"], []).append(unit["id"])
    inner = [unit for unit in d["units"] if "pool" not in unit]
    for unit in inner:
        if unit["parent"] is not None:
            children.setdefault(unit["parent"], []).append(unit["id"])
    for unit in inner:
        is_root = unit["parent"] is None
        if is_root:
            most = min(unit.get("upper", high), high)
            columns = [model.column(-POINT * target["weight"], n), model.column(POINT * target["weight"], inf)]
            least = max(unit.get("lower", 0), low)
        else:
            most, least = min(unit.get("upper", high), high), unit.get("lower", 0)
            fair = unit.get("fair_milli", 0)
            columns = model.steps(lambda rank: fairness(w["node_fair"], fair, rank), most) if fair else [model.column(0, most)]
        own[unit["id"]] = columns
        model.row([(c, 1) for c in columns], least, most)
    for unit in inner:
        below = [(c, -1) for child in children.get(unit["id"], []) for c in own[child]]
        model.row([(c, 1) for c in own[unit["id"]]] + below, 0, 0)
    for k, row in enumerate(d["rows"]):
        is_share = row["kind"] == "share"
        price = row["penalty"] * POINT // row["at_least"]["den"] if is_share else row["penalty"] * POINT
        needed = int(row.get("strict", False)) if is_share else row["at_least"]
        short = model.column(price, inf)
        model.row(terms[k] + [(short, 1)], needed, inf)
    return model


def solve(model, is_integer, seconds):
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.low)
    lp.col_cost_ = np.array(model.cost)
    lp.col_lower_ = np.zeros(len(model.cost))
    lp.col_upper_ = np.array(model.upper, dtype=float)
    lp.row_lower_, lp.row_upper_ = np.array(model.low, dtype=float), np.array(model.high, dtype=float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(model.starts)
    lp.a_matrix_.index_ = np.array(model.index)
    lp.a_matrix_.value_ = np.array(model.value, dtype=float)
    if is_integer:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(model.cost)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("time_limit", float(seconds))
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 1e-6)
    start, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    highs.passModel(lp)
    highs.run()
    info = highs.getInfo()
    spent = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_utime - used
    bound = info.mip_dual_bound if is_integer else info.objective_function_value
    return spent, info.objective_function_value, bound, highs.modelStatusToString(highs.getModelStatus())


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("files", nargs="+")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--relaxation-only", action="store_true")
    asked = arguments.parse_args()
    print("file lp_s lp_cpu_s lp_value milp_s milp_cpu_s milp_value milp_bound status")
    for path in asked.files:
        with open(path, encoding="utf-8") as file:
            model = build(json.load(file))
        (wall, cpu), value, _, _ = solve(model, False, max(asked.seconds, 600))
        line = f"{path} {wall:.3f} {cpu:.3f} {value:.6f}"
        if not asked.relaxation_only:
            (wall, cpu), value, bound, status = solve(model, True, asked.seconds)
            line += f" {wall:.3f} {cpu:.3f} {value:.6f} {bound:.6f} {status}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
