# What `cmake --install` puts where. Nothing contains an absolute path, so that the installed tree may be moved. There
# are two components, so that `--component program` works where the benchmark programs were not built.
include(GNUInstallDirs)
install(TARGETS descent RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(FILES results/report.schema.json results/comparison.schema.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/descentbench COMPONENT program)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(FILES third_party/d3/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}/third_party/d3 COMPONENT program)
install(FILES third_party/plot/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}/third_party/plot COMPONENT program)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program FILES_MATCHING PATTERN *.md)
