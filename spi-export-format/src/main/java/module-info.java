/** Reads the exports that DynamoDB itself writes to S3, full and incremental. */
@org.jspecify.annotations.NullMarked
module io.github.dynarestore.format.export {
    requires static org.jspecify;
    requires io.github.dynarestore.core;

    exports io.github.dynarestore.format.export;

    provides io.github.dynarestore.spi.BackupFormat with
            io.github.dynarestore.format.export.DynamoDbExportFormat;
}
