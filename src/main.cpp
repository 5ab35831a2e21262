#include "descent/app/app.hpp"

int main(int argc, char** argv) { return descent::app::run_app(argc, argv); }
