/** Reads the exports that DynamoDB itself writes to S3, full and incremental. */
@org.jspecify.annotations.NullMarked
module io.github.dynarestore.format.export {
    requires static org.jspecify;
    requires com.amazon.ion;
    requires io.github.dynarestore.core;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.services.dynamodb;

    exports io.github.dynarestore.format.export;

    provides io.github.dynarestore.spi.BackupFormat with
            io.github.dynarestore.format.export.DynamoDbExportFormat;
}
