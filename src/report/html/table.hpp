#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "descent/record/tables.hpp"

namespace descent::report {

/// A number as the page has it: six significant digits, which no picture and no table can tell from all of them. An
/// absent or infinite one is null.
nlohmann::json page_number(const record::Real& value);

/// What a picture is drawn from, and what a reader finds behind it. Numbers are numbers, so that a table sorts by them.
struct PageTable {
  struct Column {
    std::string key;    ///< by which the picture asks for it
    std::string title;  ///< for people
    std::string unit = {};
  };

  std::string name;   ///< by which the picture asks for it
  std::string title;  ///< for people
  std::vector<Column> columns;
  std::vector<std::vector<nlohmann::json>> rows = {};

  /// One value per column.
  void add(std::vector<nlohmann::json> row) { rows.push_back(std::move(row)); }
  nlohmann::ordered_json to_json() const;
};

}  // namespace descent::report
