package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.discovery.Extensions;
import io.github.dynarestore.spi.BackupFormat;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * What a run works with; owned by who made it, never closed by the run.
 *
 * @param s3 client for {@code s3:} locations, asked for only if there are any
 * @param dynamoDb client for the target table
 * @param meters where to count
 * @param formats backup formats by id
 */
public record RestoreServices(
        Supplier<S3AsyncClient> s3,
        DynamoDbAsyncClient dynamoDb,
        MeterRegistry meters,
        Extensions<BackupFormat> formats) {}
