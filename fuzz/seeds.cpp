// fuzz_seeds FOLDER writes the first inputs of each fuzz target, FOLDER/<target>/…, by the program's own writers and
// those of the tests.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "data/files.hpp"
#include "descent/analysis/analyse.hpp"
#include "record/sample.hpp"

namespace {

using namespace descent;

std::filesystem::path root;

void write(const std::string& target, const std::string& name, std::string_view content) {
  std::filesystem::create_directories(root / target);
  std::ofstream(root / target / name, std::ios::binary)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// Joins texts so that FuzzedDataProvider::ConsumeRandomLengthString cuts them apart again: it ends a text at a
/// backslash that another byte follows.
std::string two(std::string first, const std::string& second) {
  for (std::size_t at = 0; (at = first.find('\\', at)) != std::string::npos; at += 2) first.insert(at, "\\");
  return first + "\\n" + second;
}

void readers() {
  const std::string csv = "a,b,kind\n1,2.5,x\n3,-4e-1,y\n5,6,x\n";
  write("fuzz_csv", "plain", two(csv, csv));
  write("fuzz_csv", "quoted", two("'a \"\"','b'\n\"1\",\"2\",\"u\"\n3,4,\"v, w\"\r\n", ""));
  write("fuzz_csv", "missing", two("1,NA,x\n?,3,y\n", "1,2,x\n"));
  write("fuzz_csv", "gzip", two(data::test::gzip(csv), csv));
  const std::string svm = "+1 1:0.5 3:1 # note\n-1 2:1e-3\n+1 1:1\n";
  write("fuzz_libsvm", "plain", two(svm, svm));
  write("fuzz_libsvm", "ranking", two("1 qid:3 1:2\n2 qid:3 2:1\n", "1 0:1\n"));
  write("fuzz_libsvm", "gzip", two(data::test::gzip(svm), ""));
  const std::string images =
      data::test::idx({3, 2, 2}, std::string("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 12));
  const std::string labels = data::test::idx({3}, std::string("\x00\x01\x00", 3));
  write("fuzz_idx", "plain", two(images, labels));
  write("fuzz_idx", "gzip", two(data::test::gzip(images), data::test::gzip(labels)));
  const std::string records = data::test::cifar_record(3, 1) + data::test::cifar_record(5, 90);
  write("fuzz_cifar10", "plain", two(records, records));
}

void words() {
  for (const char* uri : {"csv:a.csv?header=no&label=kind&test=b.csv", "synthetic:blobs?n=9&d=2&noise=0.5", "idx:%3F"})
    write("fuzz_text", std::to_string(std::hash<std::string>()(uri)), uri);
  write("fuzz_text", "arguments", "huber(delta=0.5)");
  int count = 0;
  for (char kind = 0; kind < 8; ++kind)
    for (const char* rest : {"beta=0.9", "delta=1,slope=2", "workers=4,sync=16", "sigma=0.01", ")"}) {
      ++count;
      write("fuzz_specs", std::to_string(count), std::string({kind, static_cast<char>(count)}) + rest);
    }
}

/// The example of the README with a few rows of each table: small enough for thousands of tries a second.
void reports() {
  std::ifstream file(DESCENT_SOURCE_DIR "/results/example.json");
  record::Report report = record::read_report(file, "results/example.json");
  const auto cut = [](auto& table, std::size_t rows) { table.resize(std::min(table.size(), rows)); };
  report.workloads.resize(1);
  const auto elsewhere = [&](const auto& row) { return row.workload != report.workloads[0].id; };
  std::erase_if(report.series, elsewhere);
  std::erase_if(report.trajectories, elsewhere);
  cut(report.series, 3), cut(report.trajectories, 8), cut(report.tunings, 6), cut(report.cells, 4);
  cut(report.timings, 30), cut(report.moments, 6), cut(report.floors, 4), cut(report.sentinels, 8);
  cut(report.spent, 4), cut(report.checks, 6);
  std::ostringstream small, sample;
  record::write_report(small, analysis::analyse(report));
  write("fuzz_report", "example", small.str());
  record::write_report(sample, record::sample_report());
  write("fuzz_report", "sample", sample.str());
  record::Report empty;
  empty.context = report.context;
  std::ostringstream nothing;
  record::write_report(nothing, empty);
  write("fuzz_report", "nothing", nothing.str());
}

void configurations() {
  write("fuzz_config", "usual", "preset = \"quick\"\nbatch-sizes = [32, 64]\nthreads = \"1,2\"\nbudget = \"20m\"\n");
  write("fuzz_config", "flags",
        "details = true\npin = false\nl2 = 1e-4\ntarget = [0.1, 0.01]\n[table]\nx = 1979-05-27\n");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "fuzz_seeds: found " << count - 1 << " arguments; expected one folder\n";
    return 2;
  }
  root = arguments[1];
  readers();
  words();
  reports();
  configurations();
}
