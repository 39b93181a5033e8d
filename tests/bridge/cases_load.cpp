// Loading an artifact and asking it about itself.
#include <ATen/Parallel.h>
#include <torch/cuda.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "sha256.h"
#include "testing.h"
#include "thread_count.h"

using testing::artifact;
using testing::GoodArrays;
using testing::Loaded;

static int load(const std::string& name, const char* device = "cpu") {
  // Not null before the call, to see that a failure leaves no dangling address.
  char somewhere = 0;
  auto* model = reinterpret_cast<phase_model*>(&somewhere);
  const int code = phase_model_load(artifact(name).c_str(), device, 0, 0, &model);
  if (code != PHASE_OK && model != nullptr) {
    testing::fail(__FILE__, __LINE__, "a failed load returned a model");
  }
  return code == PHASE_OK ? phase_model_free(&model) : code;
}

PHASE_TEST(missing_file) {
  CHECK_ERROR(load("nowhere.pt"), PHASE_ERR_FILE, "phase_model_load", "nowhere.pt", "No such file");
}

PHASE_TEST(folder_instead_of_file) {
  CHECK_ERROR(load(""), PHASE_ERR_FILE, "cannot be");
}

PHASE_TEST(corrupted_file) {
  CHECK_ERROR(load("not_an_archive.pt"), PHASE_ERR_FILE, "not_an_archive.pt", "(950 bytes)");
  CHECK_ERROR(load("empty.pt"), PHASE_ERR_FILE, "empty.pt", "(0 bytes)");
  CHECK_ERROR(load("flipped_weight.pt"), PHASE_ERR_FILE, "data/0' does not match its checksum");
  CHECK_ERROR(load("flipped_schema.pt"), PHASE_ERR_FILE, "phase_schema.json' does not match");
  CHECK_ERROR(load("flipped_code.pt"), PHASE_ERR_FILE, "flipped_code.pt");
  CHECK_ERROR(load("not_torchscript.pt"), PHASE_ERR_FILE, "libtorch cannot load it");
}

PHASE_TEST(truncated_file) {
  CHECK_ERROR(load("truncated.pt"), PHASE_ERR_FILE, "truncated.pt", "cut short");
}

// Cut at every length around the directory: an error each time, never a crash.
PHASE_TEST(truncated_anywhere) {
  std::ifstream stream(artifact("good.pt"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  const std::string path = artifact("cut.pt");
  for (std::size_t length = 1; length < bytes.size();
       length += length < bytes.size() - 200 ? 997 : 7) {
    std::ofstream(path, std::ios::binary) << bytes.substr(0, length);
    CHECK(load("cut.pt") == PHASE_ERR_FILE);
  }
}

// One damaged byte anywhere: an error, or a load that the byte did not concern (padding between
// records, fields of the archive that nobody reads), never a crash.
PHASE_TEST(damaged_anywhere) {
  std::ifstream stream(artifact("good.pt"), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  const std::string path = artifact("damaged.pt");
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); at += at < bytes.size() - 500 ? 71 : 5) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    std::ofstream(path, std::ios::binary) << bytes;
    const int code = load("damaged.pt");
    CHECK(code == PHASE_OK || code == PHASE_ERR_FILE || code == PHASE_ERR_SCHEMA);
    refused += code != PHASE_OK ? 1 : 0;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
  }
  CHECK(refused > 50);
}

PHASE_TEST(file_without_schema) {
  CHECK_ERROR(load("no_schema.pt"), PHASE_ERR_SCHEMA, "no_schema.pt", "'phase_schema.json'",
              "none");
}

PHASE_TEST(schema_not_json) {
  CHECK_ERROR(load("schema_not_json.pt"), PHASE_ERR_SCHEMA, "expected JSON", "line 1 column 22");
}

PHASE_TEST(schema_missing_keys) {
  for (const char* key : {"format_version", "name", "checksum", "inputs", "outputs"}) {
    CHECK_ERROR(load(std::string("schema_without_") + key + ".pt"), PHASE_ERR_SCHEMA,
                std::string("key \"") + key + "\" is missing");
  }
  for (const char* key : {"name", "units", "dims", "shape", "dtype", "role", "sample"}) {
    CHECK_ERROR(load(std::string("schema_input_without_") + key + ".pt"), PHASE_ERR_SCHEMA,
                "input 1", std::string("key \"") + key + "\" is missing");
  }
}

PHASE_TEST(schema_with_wrong_values) {
  CHECK_ERROR(load("schema_not_object.pt"), PHASE_ERR_SCHEMA, "expected an object, found array");
  CHECK_ERROR(load("schema_version_2.pt"), PHASE_ERR_SCHEMA, "expected 1, found 2");
  CHECK_ERROR(load("schema_inputs_not_array.pt"), PHASE_ERR_SCHEMA,
              "expected an array, found object");
  CHECK_ERROR(load("schema_no_outputs.pt"), PHASE_ERR_SCHEMA, "\"outputs\"", "at least one");
  CHECK_ERROR(load("schema_name_not_string.pt"), PHASE_ERR_SCHEMA,
              "expected a string, found number");
  CHECK_ERROR(load("schema_bad_dtype.pt"), PHASE_ERR_SCHEMA, "'leafc'", "float64", "float16");
  CHECK_ERROR(load("schema_bad_extent.pt"), PHASE_ERR_SCHEMA, "'leafc'", "found 0");
  CHECK_ERROR(load("schema_extent_not_whole.pt"), PHASE_ERR_SCHEMA, "found 2.5");
  CHECK_ERROR(load("schema_column_last.pt"), PHASE_ERR_SCHEMA, "leading \"column\"");
  CHECK_ERROR(load("schema_dims_differ.pt"), PHASE_ERR_SCHEMA, "names 1 dimensions", "(column, 3)");
  CHECK_ERROR(load("schema_twice.pt"), PHASE_ERR_SCHEMA, "'leafc' appears twice");
  CHECK_ERROR(load("schema_flag_not_bool.pt"), PHASE_ERR_SCHEMA, "nonfinite_ok", "true or false");
}

PHASE_TEST(graph_with_another_signature) {
  CHECK_ERROR(load("single_tensor.pt"), PHASE_ERR_SCHEMA, "List[Tensor]", "Tensor x");
}

PHASE_TEST(cuda_without_gpu_is_an_error) {
  if (torch::cuda::is_available()) {
    CHECK_OK(load("good.pt", "cuda"));
    CHECK_ERROR(load("good.pt", "cuda:99"), PHASE_ERR_DEVICE, "'cuda:99'");
  } else {
    CHECK_ERROR(load("good.pt", "cuda"), PHASE_ERR_DEVICE, "'cuda'", "found none",
                "'auto' or 'cpu'");
    CHECK_ERROR(load("good.pt", "cuda:0"), PHASE_ERR_DEVICE, "'cuda:0'");
  }
}

PHASE_TEST(auto_takes_a_gpu_only_where_there_is_one) {
  const Loaded model("good.pt", "auto");
  char device[16];
  CHECK_OK(phase_model_device(model, device, sizeof device));
  CHECK(std::string(device) == (torch::cuda::is_available() ? "cuda:0" : "cpu"));
}

PHASE_TEST(bad_device_string) {
  CHECK_ERROR(load("good.pt", "gpu"), PHASE_ERR_DEVICE, "'gpu'", "expected 'auto', 'cpu', 'cuda'");
}

PHASE_TEST(bad_rank_or_threads) {
  phase_model* model = nullptr;
  const std::string path = artifact("good.pt");
  CHECK_ERROR(phase_model_load(path.c_str(), "cpu", -1, 0, &model), PHASE_ERR_ARGUMENT, "found -1");
  CHECK_ERROR(phase_model_load(path.c_str(), "cpu", 0, -2, &model), PHASE_ERR_ARGUMENT, "-2");
}

PHASE_TEST(threads_are_the_hosts_again) {
  at::set_num_threads(3);
  const Loaded two("good.pt", "cpu", 2);
  CHECK(at::get_num_threads() == 3);
  GoodArrays arrays(two, 6);
  CHECK_OK(phase_model_run(two, 6, 0));
  CHECK(at::get_num_threads() == 3);
  {
    const phase::ThreadCount threads(2);
    CHECK(at::get_num_threads() == 2);
    const phase::ThreadCount unchanged(0);
    CHECK(at::get_num_threads() == 2);
  }
  CHECK(at::get_num_threads() == 3);
  at::set_num_threads(1);
}

PHASE_TEST(schema_text_checksum_and_counts) {
  const Loaded model("good.pt");
  std::ifstream stream(artifact("good.pt"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  char checksum[65];
  CHECK_OK(phase_model_checksum(model, checksum, sizeof checksum));
  CHECK(checksum == phase::sha256_hex(bytes));

  std::size_t length = 0;
  CHECK_OK(phase_model_schema_length(model, &length));
  std::string schema(length + 1, '\0');
  CHECK_OK(phase_model_schema(model, schema.data(), schema.size()));
  CHECK(schema.front() == '{' && schema[length - 1] == '}');

  int count = 0;
  CHECK_OK(phase_model_count(model, PHASE_INPUT, &count));
  CHECK(count == 3);
  CHECK_OK(phase_model_count(model, PHASE_OUTPUT, &count));
  CHECK(count == 2);
}

static std::string meta(phase_model* model, const char* key) {
  char text[100];
  CHECK_OK(phase_model_meta(model, key, text, sizeof text));
  return text;
}

PHASE_TEST(metadata_comes_as_text) {
  const Loaded model("good.pt");
  CHECK(meta(model, "name") == "tiny");
  CHECK(meta(model, "format_version") == "1");
  CHECK(meta(model, "trust_threshold") == "0.5");
  CHECK(meta(model, "supported") == "true");
  CHECK(meta(model, "dims.level") == "4");
  CHECK(meta(model, "provenance.note") == "quote \" and \xc3\xa9 survive");
  CHECK(meta(model, "inputs.2.name") == "slatop");
  char text[100];
  for (const char* key :
       {"nothing", "dims.depth", "inputs.3.name", "inputs.x", "name.first", "", "dims."}) {
    CHECK_ERROR(phase_model_meta(model, key, text, sizeof text), PHASE_ERR_NAME, "good.pt",
                "no key");
  }
  CHECK_ERROR(phase_model_meta(model, "dims", text, sizeof text), PHASE_ERR_SCHEMA, "found object");
}

PHASE_TEST(tensors_are_described) {
  const Loaded model("good.pt");
  char name[20], units[20], dtype[20], sample[20], role[20], dims[20];
  int rank = 0;
  std::int64_t shape[PHASE_MAX_RANK];
  CHECK_OK(phase_model_tensor(model, PHASE_INPUT, 1, name, 20, units, 20, dtype, 20, sample, 20,
                              role, 20, dims, 20, &rank, shape));
  CHECK(std::string(name) == "soil4c_vr" && std::string(units) == "gC/m3");
  CHECK(std::string(dtype) == "float64" && std::string(sample) == "instant");
  CHECK(std::string(role) == "patch_state" && std::string(dims) == "column,level");
  CHECK(rank == 2 && shape[0] == -1 && shape[1] == 4);
  CHECK_OK(phase_model_tensor(model, PHASE_OUTPUT, 1, name, 20, nullptr, 0, nullptr, 0, sample, 20,
                              nullptr, 0, nullptr, 0, &rank, shape));
  CHECK(std::string(name) == "trust" && std::string(sample).empty());
  for (const int index : {-1, 2}) {
    CHECK_ERROR(phase_model_tensor(model, PHASE_OUTPUT, index, name, 20, nullptr, 0, nullptr, 0,
                                   nullptr, 0, nullptr, 0, nullptr, 0, &rank, shape),
                PHASE_ERR_ARGUMENT, "'index'", "expected 0 to 1");
  }
  CHECK_ERROR(phase_model_tensor(model, 2, 0, name, 20, nullptr, 0, nullptr, 0, nullptr, 0, nullptr,
                                 0, nullptr, 0, &rank, shape),
              PHASE_ERR_ARGUMENT, "'kind'");
}

PHASE_TEST(short_text_buffers_are_terminated) {
  const Loaded model("good.pt");
  char text[4] = "zzz";
  CHECK_ERROR(phase_model_checksum(model, text, sizeof text), PHASE_ERR_ARGUMENT,
              "65 bytes, found 4");
  CHECK(std::strlen(text) == 3);
  char untouched = 'z';
  CHECK_ERROR(phase_model_checksum(model, &untouched, 0), PHASE_ERR_ARGUMENT, "found 0");
  CHECK(untouched == 'z');
  char message[8];
  CHECK_OK(phase_last_error(message, sizeof message));
  CHECK(std::string(message) == "phase_m");
}
