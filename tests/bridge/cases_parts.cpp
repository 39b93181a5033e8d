// The library's own parts: JSON, checksums, finite check, device choice, error translation.
#include <c10/util/Exception.h>

#include <cmath>
#include <limits>
#include <new>

#include "archive.h"
#include "device.h"
#include "finite.h"
#include "json.h"
#include "sha256.h"
#include "status.h"
#include "testing.h"

using phase::Json;

static void expect_no_json(const std::string& text, const std::string& reason) {
  try {
    Json::parse(text);
  } catch (const phase::JsonError& error) {
    if (std::string(error.what()).find(reason) == std::string::npos) {
      testing::fail(__FILE__, __LINE__, "'" + text + "': " + error.what());
    }
    return;
  }
  testing::fail(__FILE__, __LINE__, "accepted: " + text);
}

PHASE_TEST(json_values_are_read) {
  const Json value =
      Json::parse(" {\"a\": [1, -2.5e-3, true, null, \"x\"], \"b\": {\"c\": {}}, \"d\": []}\n");
  const auto& a = value.find("a")->elements();
  CHECK(a.size() == 5);
  CHECK(a[0].is_number() && a[0].text() == "1");
  CHECK(a[1].text() == "-2.5e-3");
  CHECK(a[2].type() == Json::Type::kBool && a[2].text() == "true");
  CHECK(a[3].type() == Json::Type::kNull);
  CHECK(a[4].is_string() && a[4].text() == "x");
  CHECK(value.find("b")->find("c")->is_object());
  CHECK(value.find("d")->is_array() && value.find("d")->elements().empty());
  CHECK(value.find("e") == nullptr && a[0].find("a") == nullptr);
}

PHASE_TEST(json_escapes_become_utf8) {
  const Json value = Json::parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83c\udf31")");
  CHECK(value.text() == "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\xb1");
}

PHASE_TEST(json_mistakes_are_named_with_their_place) {
  expect_no_json("", "unexpected end, expected a value");
  expect_no_json("{\"a\": 1,}", "line 1 column 9: expected a key");
  expect_no_json("{\n  \"a\" 1}", "line 2 column 7: expected ':'");
  expect_no_json("[1, 2", "expected ']'");
  expect_no_json("[1] 2", "text after the end");
  expect_no_json("{\"a\": 1, \"a\": 2}", "appears twice");
  expect_no_json("[01]", "expected ']'");
  expect_no_json("[1.]", "expected a digit");
  expect_no_json("[1e]", "expected a digit");
  expect_no_json("[+1]", "expected a value");
  expect_no_json("[NaN]", "expected a value");
  expect_no_json("[tru]", "expected a value");
  expect_no_json("\"a\nb\"", "control character");
  expect_no_json("\"abc", "inside a string");
  expect_no_json("\"\\x\"", "unknown escape");
  expect_no_json("\"\\u12g4\"", "hexadecimal");
  expect_no_json("\"\\ud800\"", "without the second");
  expect_no_json("\"\\ud800\\u0041\"", "without the second");
  expect_no_json("\"\\udc00\"", "without the first");
  expect_no_json(std::string(100000, '['), "nested deeper");
}

PHASE_TEST(sha256_matches_the_standard) {
  CHECK(phase::sha256_hex("") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(phase::sha256_hex("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(phase::sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(phase::sha256_hex(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

PHASE_TEST(crc32_matches_the_standard) {
  CHECK(phase::crc32("") == 0);
  CHECK(phase::crc32("123456789") == 0xCBF43926UL);
}

template <typename Real>
static void expect_nonfinite_found() {
  constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
  constexpr Real kInf = std::numeric_limits<Real>::infinity();
  std::vector<Real> values(5000, std::numeric_limits<Real>::max());
  values[7] = std::numeric_limits<Real>::denorm_min();
  values[8] = -std::numeric_limits<Real>::max();
  values[9] = Real(-0.0);
  const auto n = static_cast<std::int64_t>(values.size());
  CHECK(phase::find_nonfinite(values.data(), n).count == 0);
  // Block edges, both signs, the incomplete last block.
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{1023}, std::size_t{1024}, values.size() - 1}) {
    for (const Real bad : {kNan, -kNan, kInf, -kInf}) {
      const Real before = values[at];
      values[at] = bad;
      const phase::NonFinite found = phase::find_nonfinite(values.data(), n);
      CHECK(found.count == 1 && found.first == static_cast<std::int64_t>(at));
      values[at] = before;
    }
  }
  values[100] = values[3000] = kNan;
  const phase::NonFinite found = phase::find_nonfinite(values.data(), n);
  CHECK(found.count == 2 && found.first == 100);
  CHECK(phase::find_nonfinite(values.data(), 0).count == 0);
}

PHASE_TEST(nonfinite_values_are_found_wherever_they_stand) {
  expect_nonfinite_found<double>();
  expect_nonfinite_found<float>();
}

static int chosen_gpu(const std::string& request, int local_rank, int gpu_count) {
  const c10::Device device = phase::choose_device(request, local_rank, gpu_count);
  return device.is_cpu() ? -1 : device.index();
}

static int refused(const std::string& request, int local_rank, int gpu_count) {
  return phase::guarded("choose", [&] { phase::choose_device(request, local_rank, gpu_count); });
}

PHASE_TEST(device_is_local_rank_modulo_gpus) {
  CHECK(chosen_gpu("auto", 0, 0) == -1);
  CHECK(chosen_gpu("auto", 5, 0) == -1);
  CHECK(chosen_gpu("cpu", 1, 4) == -1);
  for (const char* request : {"auto", "cuda"}) {
    CHECK(chosen_gpu(request, 0, 4) == 0);
    CHECK(chosen_gpu(request, 3, 4) == 3);
    CHECK(chosen_gpu(request, 5, 4) == 1);  // more ranks than GPUs
    CHECK(chosen_gpu(request, 1, 8) == 1);  // more GPUs than ranks
  }
  CHECK(chosen_gpu("cuda:2", 0, 4) == 2);
  CHECK_ERROR(refused("cuda", 0, 0), PHASE_ERR_DEVICE, "'cuda'", "found none");
  CHECK_ERROR(refused("cuda:4", 0, 4), PHASE_ERR_DEVICE, "'cuda:4'", "0 to 3, found 4");
}

PHASE_TEST(bad_device_strings_are_refused) {
  for (const char* request :
       {"", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:1x", "cuda:9999", "cpu:0", "cud", "auto "}) {
    CHECK_ERROR(refused(request, 0, 4), PHASE_ERR_DEVICE, "expected 'auto', 'cpu', 'cuda'",
                std::string("'") + request + "'");
  }
}

PHASE_TEST(every_kind_of_exception_becomes_a_status) {
  CHECK_ERROR(phase::guarded("f", [] { throw phase::Error(PHASE_ERR_NAME, "no such"); }),
              PHASE_ERR_NAME, "f: no such");
  CHECK_ERROR(phase::guarded("f", [] { throw std::bad_alloc(); }), PHASE_ERR_MEMORY, "f: ");
  CHECK_ERROR(phase::guarded("f", [] { std::vector<double> v(std::size_t{1} << 59); }),
              PHASE_ERR_MEMORY, "f: ");
  CHECK_ERROR(phase::guarded("f", [] { TORCH_CHECK(false, "odd shape"); }), PHASE_ERR_RUNTIME,
              "f: odd shape");
  CHECK_ERROR(phase::guarded("f", [] { TORCH_CHECK_WITH(OutOfMemoryError, false, "full"); }),
              PHASE_ERR_MEMORY, "f: full");
  CHECK_ERROR(phase::guarded("f", [] { throw std::runtime_error("CUDA out of memory. Tried"); }),
              PHASE_ERR_MEMORY, "CUDA out of memory");
  CHECK_ERROR(phase::guarded("f", [] { throw std::runtime_error("first\nsecond"); }),
              PHASE_ERR_RUNTIME, "f: first");
  CHECK(testing::last_error().find("second") == std::string::npos);
  CHECK_ERROR(phase::guarded("f", [] { throw 3; }), PHASE_ERR_RUNTIME, "f: unknown error");
  CHECK(phase::guarded("f", [] {}) == PHASE_OK);
}
