/** Reads DynamoDB stream records that Firehose delivered to S3. */
@org.jspecify.annotations.NullMarked
module io.github.dynarestore.format.stream {
    requires static org.jspecify;
    requires io.github.dynarestore.core;

    exports io.github.dynarestore.format.stream;

    provides io.github.dynarestore.spi.BackupFormat with
            io.github.dynarestore.format.stream.StreamFormat,
            io.github.dynarestore.format.stream.KinesisFormat,
            io.github.dynarestore.format.stream.FailedRecordsFormat;
}
