/** Reads the exports of DynamoDB tables that EMR, Hive and Data Pipeline wrote to S3. */
@org.jspecify.annotations.NullMarked
module io.github.dynarestore.format.hive {
    requires static org.jspecify;
    requires io.github.dynarestore.core;

    exports io.github.dynarestore.format.hive;

    provides io.github.dynarestore.spi.BackupFormat with
            io.github.dynarestore.format.hive.CsvFormat,
            io.github.dynarestore.format.hive.EmrExportFormat,
            io.github.dynarestore.format.hive.HiveColumnsFormat,
            io.github.dynarestore.format.hive.HiveCsvFormat,
            io.github.dynarestore.format.hive.HiveTextFormat;
}
