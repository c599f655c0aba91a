"""One integer program in HiGHS, solved in stages: each stage's value is kept for the next."""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csc_array

from market.matching.engine.arrays import BoolArray, FloatArray, IntArray
from market.matching.engine.meter import solving
from market.matching.engine.plan import Unsolvable

SMALL_COLUMNS = 200
_KEPT = frozenset(
    {
        highspy.HighsModelStatus.kOptimal,
        highspy.HighsModelStatus.kSolutionLimit,
        highspy.HighsModelStatus.kIterationLimit,
    }
)
#: Branching is through with a small program before these are: half the time.
_WITHOUT_SUB_PROGRAMS = {
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
}


@dataclass(frozen=True)
class Matrix:
    """Rows lower <= A x <= upper, columns floor <= x <= top, some of them whole numbers."""

    a: csc_array
    lower: FloatArray
    upper: FloatArray
    floor: FloatArray
    top: FloatArray
    whole: BoolArray


@dataclass(frozen=True)
class Answer:
    """The best point found, its objective value and the proven bound."""

    x: FloatArray
    value: float
    bound: float


class Program:
    """A HiGHS model on one thread and a fixed seed: the same input gives the same answer."""

    def __init__(self, matrix: Matrix, *, gap: float, nodes: int) -> None:
        self._whole = bool(matrix.whole.any())
        self._columns = np.arange(len(matrix.top), dtype=np.int32)
        self._highs = highspy.Highs()
        options = {
            "output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0,
            "mip_rel_gap": gap, "mip_max_nodes": nodes, "mip_abs_gap": 1e-6,
            "mip_lp_age_limit": 2,  # cuts that do not help leave sooner: a fifth faster
            "mip_heuristic_run_feasibility_jump": False,  # flows give a start: a quarter faster
        }  # fmt: skip
        if len(matrix.top) <= SMALL_COLUMNS:
            options |= _WITHOUT_SUB_PROGRAMS
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        lp = _lp(matrix)
        with solving():
            self._highs.passModel(lp)

    def start_from(self, columns: IntArray, values: FloatArray) -> None:
        """Hand over a (partial) solution; HiGHS completes it."""
        self._highs.setSolution(len(columns), columns.astype(np.int32), values)

    def best(self, objective: FloatArray, *, maximise: bool, step: float) -> Answer:
        """Solve this stage; step: objective values closer than that are the same value."""
        highs = self._highs
        highs.setOptionValue("mip_abs_gap", step * 0.999)
        sense = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
        highs.changeObjectiveSense(sense)
        highs.changeColsCost(len(self._columns), self._columns, objective)
        with solving():
            highs.run()
        info = highs.getInfo()
        x = np.array(highs.getSolution().col_value)
        if highs.getModelStatus() not in _KEPT or info.primal_solution_status != 2:
            raise Unsolvable(f"HiGHS stopped with {highs.getModelStatus()}")
        bound = info.mip_dual_bound if self._whole else info.objective_function_value
        return Answer(x, float(info.objective_function_value), float(bound))

    def keep(self, objective: FloatArray, *, at_least: float) -> None:
        """Later stages may not fall below this value."""
        columns = np.flatnonzero(objective).astype(np.int32)
        self._highs.addRow(at_least, highspy.kHighsInf, len(columns), columns, objective[columns])


def _lp(matrix: Matrix) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.a.shape
    lp.col_cost_ = np.zeros(len(matrix.top))
    lp.col_lower_, lp.col_upper_ = matrix.floor, matrix.top
    lp.row_lower_, lp.row_upper_ = matrix.lower, matrix.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.a.indptr
    lp.a_matrix_.index_ = matrix.a.indices
    lp.a_matrix_.value_ = matrix.a.data
    if matrix.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in matrix.whole]
    return lp
