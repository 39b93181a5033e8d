// Running the graph: values, chunks, failures, reproducibility, floating-point environment.
#include <cfenv>
#include <cmath>
#include <limits>

#include "testing.h"

using testing::bind;
using testing::GoodArrays;
using testing::Loaded;
using testing::Table;

static const double kNan = std::numeric_limits<double>::quiet_NaN();

// Runs an artifact with one input and one output, both (ncol, 3).
static int run_one(phase_model* model, Table& in, Table& out, std::int64_t chunk = 0) {
  CHECK_OK(bind(model, PHASE_INPUT, "leafc", in));
  CHECK_OK(bind(model, PHASE_OUTPUT, "leafc", out));
  return phase_model_run(model, in.ncol, chunk);
}

PHASE_TEST(values_are_right) {
  const Loaded model("good.pt");
  GoodArrays a(model, 6);
  CHECK_OK(phase_model_run(model, 6, 0));
  for (std::int64_t c = 0; c < 6; ++c) {
    const double soil = a.soil.at(c, 0) + a.soil.at(c, 1) + a.soil.at(c, 2) + a.soil.at(c, 3);
    for (std::int64_t p = 0; p < 3; ++p) {
      CHECK(a.leafc_out.at(c, p) ==
            a.leafc.at(c, p) * a.slatop[static_cast<std::size_t>(p)] + soil);
    }
    CHECK(a.trust.at(c, 0) > 0.0 && a.trust.at(c, 0) < 1.0);
  }
}

PHASE_TEST(chunks_give_the_same_as_the_whole) {
  const Loaded model("good.pt");
  GoodArrays a(model, 11);
  CHECK_OK(phase_model_run(model, 11, 0));
  const std::vector<double> leafc = a.leafc_out.values, trust = a.trust.values;
  for (const std::int64_t chunk : {1, 2, 3, 4, 5, 7, 10, 11, 12, 1000}) {
    a.leafc_out.values.assign(a.leafc_out.values.size(), kNan);
    a.trust.values.assign(a.trust.values.size(), kNan);
    CHECK_OK(phase_model_run(model, 11, chunk));
    CHECK(a.leafc_out.values == leafc);
    // A matrix product may sum in another order for another number of columns.
    for (std::size_t i = 0; i < trust.size(); ++i) {
      CHECK(std::abs(a.trust.values[i] - trust[i]) < 1.0e-14);
    }
  }
}

PHASE_TEST(no_columns_is_fine) {
  const Loaded model("good.pt");
  GoodArrays arrays(model, 0);
  for (const std::int64_t chunk : {0, 4}) {
    CHECK_OK(phase_model_run(model, 0, chunk));
  }
  const std::int64_t shape[] = {0, 3};
  CHECK_OK(phase_bind(model, PHASE_INPUT, "leafc", nullptr, PHASE_FLOAT64, 2, shape));
  CHECK_OK(phase_model_run(model, 0, 0));
  // The graph is not called: one that always raises has nothing to raise about.
  const Loaded raises("raises.pt");
  Table none(0, 3), out(0, 3);
  CHECK_OK(run_one(raises, none, out));
}

PHASE_TEST(number_of_columns_must_be_that_of_the_arrays) {
  const Loaded model("good.pt");
  GoodArrays arrays(model, 4);
  for (const std::int64_t ncol : {0, 3, 5}) {
    CHECK_ERROR(phase_model_run(model, ncol, 0), PHASE_ERR_SHAPE, "input 'leafc'",
                "expected " + std::to_string(ncol) + " columns", "(4, 3)");
  }
  CHECK_ERROR(phase_model_run(model, -1, 0), PHASE_ERR_ARGUMENT, "found -1 and 0");
  CHECK_ERROR(phase_model_run(model, 4, -2), PHASE_ERR_ARGUMENT, "found 4 and -2");
}

PHASE_TEST(nan_input) {
  const Loaded model("good.pt");
  GoodArrays a(model, 5);
  a.soil.at(3, 2) = kNan;
  for (const std::int64_t chunk : {0, 2}) {
    CHECK_ERROR(phase_model_run(model, 5, chunk), PHASE_ERR_NAN_INPUT, "good.pt",
                "input 'soil4c_vr'", "found 1 of", "first nan at column 3, element 2");
  }
  a.soil.at(3, 2) = 1.0;
  a.slatop[1] = -std::numeric_limits<double>::infinity();
  CHECK_ERROR(phase_model_run(model, 5, 2), PHASE_ERR_NAN_INPUT, "'slatop'",
              "first -inf at element 1");
}

PHASE_TEST(nan_output) {
  const Loaded model("nan_output.pt");
  Table in(4, 3), out(4, 3);
  for (double& value : in.values) value = 2.0e6;
  CHECK_OK(run_one(model, in, out));
  in.at(2, 1) = 0.0;
  in.at(3, 0) = 0.0;
  CHECK_ERROR(run_one(model, in, out, 2), PHASE_ERR_NAN_OUTPUT, "nan_output.pt", "output 'leafc'",
              "found 2 of 6", "columns 2 to 3", "nan at column 2, element 1");
}

PHASE_TEST(nonfinite_values_may_be_allowed) {
  const Loaded model("nonfinite_ok.pt");
  Table in(2, 3), out(2, 3);
  in.at(1, 1) = kNan;
  CHECK_OK(run_one(model, in, out));
  CHECK(std::isnan(out.at(1, 1)) && out.at(1, 2) == in.at(1, 2));
}

PHASE_TEST(output_shape_differs_from_schema) {
  Table in(4, 3), out(4, 3);
  const Loaded extent("wrong_extent.pt");
  CHECK_ERROR(run_one(extent, in, out), PHASE_ERR_SHAPE, "wrong_extent.pt", "output 'leafc'",
              "schema says shape (4, 3)", "graph returned (4, 2)");
  const Loaded rank("wrong_rank.pt");
  CHECK_ERROR(run_one(rank, in, out, 3), PHASE_ERR_SHAPE, "schema says shape (3, 3)",
              "returned (3)");
}

PHASE_TEST(output_dtype_differs_from_schema) {
  Table in(4, 3), out(4, 3);
  const Loaded model("wrong_dtype.pt");
  CHECK_ERROR(run_one(model, in, out), PHASE_ERR_DTYPE, "'leafc'", "schema says float64", "Float");
}

PHASE_TEST(output_count_differs_from_schema) {
  Table in(4, 3), out(4, 3);
  const Loaded model("wrong_count.pt");
  CHECK_ERROR(run_one(model, in, out), PHASE_ERR_SCHEMA, "schema lists 1 outputs", "returned 2");
}

PHASE_TEST(graph_raises) {
  Table in(4, 3), out(4, 3);
  const Loaded raises("raises.pt");
  CHECK_ERROR(run_one(raises, in, out, 3), PHASE_ERR_RUNTIME, "raises.pt", "columns 0 to 2",
              "this graph always refuses");
  const Loaded bad("bad_operation.pt");
  CHECK_ERROR(run_one(bad, in, out), PHASE_ERR_RUNTIME, "bad_operation.pt",
              "shapes cannot be multiplied");
}

PHASE_TEST(graph_runs_out_of_memory) {
  Table in(4, 3), out(4, 3);
  const Loaded model("huge.pt");
  CHECK_ERROR(run_one(model, in, out), PHASE_ERR_MEMORY, "huge.pt", "out of memory",
              "smaller chunk");
}

PHASE_TEST(model_works_after_a_failure) {
  const Loaded model("nan_output.pt");
  Table in(2, 3), out(2, 3);
  CHECK(run_one(model, in, out) == PHASE_ERR_NAN_OUTPUT);
  for (double& value : in.values) value = 1.0e6 + 1.0;
  CHECK_OK(run_one(model, in, out));
  CHECK(out.at(0, 0) == 0.0);
}

PHASE_TEST(strided_output_is_put_in_order) {
  const Loaded model("transposed.pt");
  Table in(4, 3), out(4, 3, 0.0);
  CHECK_OK(run_one(model, in, out));
  CHECK(out.values == in.values);
}

PHASE_TEST(training_mode_is_switched_off) {
  const Loaded model("training_switch.pt");
  Table in(50, 3), out(50, 3, 0.0);
  CHECK_OK(run_one(model, in, out));
  CHECK(out.values == in.values);
}

PHASE_TEST(output_without_columns_needs_one_chunk) {
  const Loaded model("column_mean.pt");
  Table in(4, 3);
  std::vector<double> mean(3);
  const std::int64_t shape = 3;
  CHECK_OK(bind(model, PHASE_INPUT, "leafc", in));
  CHECK_OK(phase_bind(model, PHASE_OUTPUT, "leafc_mean", mean.data(), PHASE_FLOAT64, 1, &shape));
  CHECK_OK(phase_model_run(model, 4, 0));
  CHECK(mean[0] == (in.at(0, 0) + in.at(1, 0) + in.at(2, 0) + in.at(3, 0)) / 4.0);
  CHECK_OK(phase_model_run(model, 4, 4));
  CHECK_ERROR(phase_model_run(model, 4, 3), PHASE_ERR_ARGUMENT, "'leafc_mean'",
              "no column dimension");
}

PHASE_TEST(every_call_gives_the_same_bits) {
  const Loaded model("chain.pt");
  Table in(1000, 3, 0.01), out(1000, 3);
  CHECK_OK(run_one(model, in, out));
  const std::vector<double> first = out.values;
  for (int call = 0; call < 20; ++call) {
    CHECK_OK(phase_model_run(model, 1000, 0));
    CHECK(out.values == first);
  }
  const Loaded again("chain.pt");
  CHECK_OK(run_one(again, in, out));
  CHECK(out.values == first);
}

PHASE_TEST(two_models_do_not_disturb_each_other) {
  const Loaded one("chain.pt"), two("transposed.pt");
  Table in(5, 3), out_one(5, 3), out_two(5, 3);
  CHECK_OK(run_one(one, in, out_one));
  const std::vector<double> alone = out_one.values;
  CHECK_OK(run_one(two, in, out_two));
  CHECK_OK(phase_model_run(one, 5, 0));
  CHECK(out_one.values == alone && out_two.values == in.values);
}

PHASE_TEST(host_that_traps_is_not_interrupted) {
  const int traps = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW;
  std::feclearexcept(FE_ALL_EXCEPT);
  CHECK(feenableexcept(traps) != -1);
  {
    const Loaded model("traps.pt", "cpu", 2);
    // Enough values for libtorch to use both threads.
    Table in(40000, 3), out(40000, 3, 0.0);
    CHECK_OK(run_one(model, in, out));
    CHECK(out.values == in.values);
    // Failures cross the library just as quietly.
    in.at(1, 1) = kNan;
    CHECK(phase_model_run(model, 40000, 0) == PHASE_ERR_NAN_INPUT);
  }
  CHECK(fegetexcept() == traps);
  CHECK(std::fetestexcept(FE_ALL_EXCEPT) == 0);
  fedisableexcept(FE_ALL_EXCEPT);
}

PHASE_TEST(host_rounding_mode_changes_nothing_and_stays) {
  const Loaded model("chain.pt");
  Table in(100, 3, 0.01), out(100, 3);
  CHECK_OK(run_one(model, in, out));
  const std::vector<double> nearest = out.values;
  std::fesetround(FE_UPWARD);
  const int code = phase_model_run(model, 100, 0);
  const int after = std::fegetround();
  std::fesetround(FE_TONEAREST);
  CHECK_OK(code);
  CHECK(after == FE_UPWARD && out.values == nearest);
}
