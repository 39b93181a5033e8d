// Binding host arrays to tensors.
#include <cstring>

#include "testing.h"

using testing::artifact;
using testing::bind;
using testing::GoodArrays;
using testing::Loaded;
using testing::Table;

PHASE_TEST(bound_arrays_are_not_copied) {
  const Loaded model("good.pt");
  GoodArrays arrays(model, 7);
  void* data = nullptr;
  CHECK_OK(phase_bound_pointer(model, PHASE_INPUT, "leafc", &data));
  CHECK(data == arrays.leafc.values.data());
  CHECK_OK(phase_bound_pointer(model, PHASE_INPUT, "slatop", &data));
  CHECK(data == arrays.slatop.data());
  CHECK_OK(phase_bound_pointer(model, PHASE_OUTPUT, "trust", &data));
  CHECK(data == arrays.trust.values.data());
}

// A graph that adds one in place leaves its mark in the host's memory, in every chunk.
PHASE_TEST(graph_sees_the_host_memory) {
  const Loaded model("in_place.pt");
  Table in(5, 3), out(5, 3);
  const Table before = in;
  CHECK_OK(bind(model, PHASE_INPUT, "leafc", in));
  CHECK_OK(bind(model, PHASE_OUTPUT, "leafc", out));
  CHECK_OK(phase_model_run(model, 5, 2));
  for (std::size_t i = 0; i < in.values.size(); ++i) {
    CHECK(in.values[i] == before.values[i] + 1.0);
    CHECK(out.values[i] == in.values[i]);
  }
}

PHASE_TEST(wrong_name) {
  const Loaded model("good.pt");
  Table table(2, 3);
  CHECK_ERROR(bind(model, PHASE_INPUT, "LEAFC", table), PHASE_ERR_NAME, "good.pt",
              "no input 'LEAFC'", "'leafc', 'soil4c_vr', 'slatop'");
  CHECK_ERROR(bind(model, PHASE_OUTPUT, "soil4c_vr", table), PHASE_ERR_NAME,
              "no output 'soil4c_vr'");
  void* data = nullptr;
  CHECK_ERROR(phase_bound_pointer(model, PHASE_INPUT, "no", &data), PHASE_ERR_NAME,
              "no input 'no'");
}

PHASE_TEST(wrong_rank) {
  const Loaded model("good.pt");
  Table table(2, 3);
  const std::int64_t shape[] = {2, 3, 1};
  for (const int rank : {0, 1, 3}) {
    CHECK_ERROR(
        phase_bind(model, PHASE_INPUT, "leafc", table.values.data(), PHASE_FLOAT64, rank, shape),
        PHASE_ERR_SHAPE, "'leafc'", "expected shape (column, 3)", "found (");
  }
  CHECK_ERROR(phase_bind(model, PHASE_INPUT, "leafc", table.values.data(), PHASE_FLOAT64, 9, shape),
              PHASE_ERR_ARGUMENT, "'leafc'", "rank of 0 to 8, found 9");
}

PHASE_TEST(wrong_extent) {
  const Loaded model("good.pt");
  Table table(2, 4);
  CHECK_ERROR(bind(model, PHASE_INPUT, "leafc", table), PHASE_ERR_SHAPE, "good.pt", "input 'leafc'",
              "expected shape (column, 3), found (2, 4)");
  const std::int64_t npft = 2;
  CHECK_ERROR(
      phase_bind(model, PHASE_INPUT, "slatop", table.values.data(), PHASE_FLOAT64, 1, &npft),
      PHASE_ERR_SHAPE, "'slatop'", "expected shape (3), found (2)");
  const std::int64_t negative[] = {-1, 3};
  CHECK_ERROR(
      phase_bind(model, PHASE_INPUT, "leafc", table.values.data(), PHASE_FLOAT64, 2, negative),
      PHASE_ERR_SHAPE, "'leafc'");
}

PHASE_TEST(wrong_dtype) {
  const Loaded model("good.pt");
  Table table(2, 3);
  const std::int64_t shape[] = {2, 3};
  for (const int dtype : {0, static_cast<int>(PHASE_FLOAT32), static_cast<int>(PHASE_INT64), 5}) {
    CHECK_ERROR(phase_bind(model, PHASE_INPUT, "leafc", table.values.data(), dtype, 2, shape),
                PHASE_ERR_DTYPE, "input 'leafc'", "expected dtype float64, found");
  }
}

PHASE_TEST(failed_binding_keeps_the_earlier_one) {
  const Loaded model("good.pt");
  GoodArrays arrays(model, 2);
  Table wrong(2, 4);
  CHECK(bind(model, PHASE_INPUT, "leafc", wrong) == PHASE_ERR_SHAPE);
  CHECK_OK(phase_model_run(model, 2, 0));
}

PHASE_TEST(unbound_tensor) {
  const Loaded model("good.pt");
  void* data = nullptr;
  CHECK_ERROR(phase_bound_pointer(model, PHASE_INPUT, "leafc", &data), PHASE_ERR_UNBOUND,
              "'leafc'");
  CHECK_ERROR(phase_model_run(model, 2, 0), PHASE_ERR_UNBOUND, "input 'leafc'", "(column, 3)");
  const Loaded chain("chain.pt");
  Table in(2, 3);
  CHECK_OK(bind(chain, PHASE_INPUT, "leafc", in));
  CHECK_ERROR(phase_model_run(chain, 2, 0), PHASE_ERR_UNBOUND, "output 'leafc'");
}

PHASE_TEST(null_pointers) {
  const Loaded model("good.pt");
  const std::string path = artifact("good.pt");
  phase_model* none = nullptr;
  char text[100];
  std::size_t length = 0;
  int count = 0;
  std::int64_t shape[PHASE_MAX_RANK] = {2, 3};
  double values[6] = {};
  void* data = nullptr;
  const int kBad = PHASE_ERR_ARGUMENT;
  const char* const kNull = "null pointer";
  CHECK_ERROR(phase_model_load(nullptr, "cpu", 0, 0, &none), kBad, "'path'", kNull);
  CHECK_ERROR(phase_model_load(path.c_str(), nullptr, 0, 0, &none), kBad, "'device'", kNull);
  CHECK_ERROR(phase_model_load(path.c_str(), "cpu", 0, 0, nullptr), kBad, "'out'", kNull);
  CHECK_ERROR(phase_model_free(nullptr), kBad, "'model'", kNull);
  CHECK_OK(phase_model_free(&none));
  CHECK_ERROR(phase_model_device(nullptr, text, 100), kBad, "phase_model_device", "'model'", kNull);
  CHECK_ERROR(phase_model_device(model, nullptr, 100), kBad, "'buf'", kNull);
  CHECK_ERROR(phase_model_checksum(nullptr, text, 100), kBad, "'model'", kNull);
  CHECK_ERROR(phase_model_schema(nullptr, text, 100), kBad, "'model'", kNull);
  CHECK_ERROR(phase_model_schema_length(nullptr, &length), kBad, "'model'", kNull);
  CHECK_ERROR(phase_model_schema_length(model, nullptr), kBad, "'length'", kNull);
  CHECK_ERROR(phase_model_meta(nullptr, "name", text, 100), kBad, "'model'", kNull);
  CHECK_ERROR(phase_model_meta(model, nullptr, text, 100), kBad, "'key'", kNull);
  CHECK_ERROR(phase_model_meta(model, "name", nullptr, 100), kBad, "'buf'", kNull);
  CHECK_ERROR(phase_model_count(nullptr, PHASE_INPUT, &count), kBad, "'model'", kNull);
  CHECK_ERROR(phase_model_count(model, PHASE_INPUT, nullptr), kBad, "'count'", kNull);
  CHECK_ERROR(phase_model_count(model, 7, &count), kBad, "'kind'", "found 7");
  CHECK_ERROR(phase_model_tensor(model, PHASE_INPUT, 0, text, 100, nullptr, 0, nullptr, 0, nullptr,
                                 0, nullptr, 0, nullptr, 0, nullptr, shape),
              kBad, "'rank'", kNull);
  CHECK_ERROR(phase_model_tensor(model, PHASE_INPUT, 0, text, 100, nullptr, 0, nullptr, 0, nullptr,
                                 0, nullptr, 0, nullptr, 0, &count, nullptr),
              kBad, "'shape'", kNull);
  CHECK_ERROR(phase_bind(nullptr, PHASE_INPUT, "leafc", values, PHASE_FLOAT64, 2, shape), kBad,
              "'model'");
  CHECK_ERROR(phase_bind(model, PHASE_INPUT, nullptr, values, PHASE_FLOAT64, 2, shape), kBad,
              "'name'");
  CHECK_ERROR(phase_bind(model, PHASE_INPUT, "leafc", nullptr, PHASE_FLOAT64, 2, shape), kBad,
              "'leafc'", kNull);
  CHECK_ERROR(phase_bind(model, PHASE_INPUT, "leafc", values, PHASE_FLOAT64, 2, nullptr), kBad,
              "'shape'");
  CHECK_ERROR(phase_bind(model, 3, "leafc", values, PHASE_FLOAT64, 2, shape), kBad, "'kind'");
  CHECK_ERROR(phase_bound_pointer(nullptr, PHASE_INPUT, "leafc", &data), kBad, "'model'", kNull);
  CHECK_ERROR(phase_bound_pointer(model, PHASE_INPUT, nullptr, &data), kBad, "'name'", kNull);
  CHECK_OK(phase_bind(model, PHASE_INPUT, "leafc", values, PHASE_FLOAT64, 2, shape));
  CHECK_ERROR(phase_bound_pointer(model, PHASE_INPUT, "leafc", nullptr), kBad, "'data'", kNull);
  CHECK_ERROR(phase_model_run(nullptr, 1, 0), kBad, "'model'", kNull);
  CHECK(phase_last_error(nullptr, 10) == kBad && phase_last_error(text, 0) == kBad);
}

PHASE_TEST(integers_and_single_precision_pass_through) {
  const Loaded model("dtypes.pt");
  const std::int64_t shape[] = {2, 3};
  std::vector<float> f32 = {1.5F, 2, 3, 4, 5, 6}, f32_out(6);
  std::vector<std::int64_t> i64 = {1, 2, 3, 4, 5, std::int64_t{1} << 60}, i64_out(6);
  std::vector<std::int32_t> i32 = {1, 2, 3, 4, 5, -6}, i32_out(6);
  CHECK_OK(phase_bind(model, PHASE_INPUT, "f32", f32.data(), PHASE_FLOAT32, 2, shape));
  CHECK_OK(phase_bind(model, PHASE_INPUT, "i64", i64.data(), PHASE_INT64, 2, shape));
  CHECK_OK(phase_bind(model, PHASE_INPUT, "i32", i32.data(), PHASE_INT32, 2, shape));
  CHECK_OK(phase_bind(model, PHASE_OUTPUT, "f32", f32_out.data(), PHASE_FLOAT32, 2, shape));
  CHECK_OK(phase_bind(model, PHASE_OUTPUT, "i64", i64_out.data(), PHASE_INT64, 2, shape));
  CHECK_OK(phase_bind(model, PHASE_OUTPUT, "i32", i32_out.data(), PHASE_INT32, 2, shape));
  CHECK_OK(phase_model_run(model, 2, 1));
  CHECK(f32 == f32_out && i64 == i64_out && i32 == i32_out);
  f32[4] /= 0.0F;
  CHECK_ERROR(phase_model_run(model, 2, 0), PHASE_ERR_NAN_INPUT, "'f32'", "column 1, element 1");
}
