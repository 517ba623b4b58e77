/** API, SPI and engine of Dynarestore. */
@org.jspecify.annotations.NullMarked
module io.github.dynarestore.core {
    requires static transitive org.jspecify;
    requires transitive software.amazon.awssdk.services.dynamodb;
    requires transitive software.amazon.awssdk.services.s3;
    requires transitive micrometer.core;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.http;
    requires software.amazon.awssdk.http.nio.netty;
    requires software.amazon.awssdk.auth;
    requires software.amazon.awssdk.regions;
    requires software.amazon.awssdk.retries;
    requires software.amazon.awssdk.retries.api;
    requires software.amazon.awssdk.identity.spi;
    requires software.amazon.awssdk.endpoints;
    requires software.amazon.awssdk.utils;
    requires software.amazon.awssdk.metrics;
    requires software.amazon.awssdk.http.auth.aws;
    requires software.amazon.awssdk.http.auth.spi;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires org.reactivestreams;
    requires com.fasterxml.jackson.core;
    requires com.dynatrace.hash4j;
    requires com.google.common;
    requires roaringbitmap;
    requires org.slf4j;
    requires static snappy.java;
    requires static com.github.luben.zstd_jni;
    requires static org.apache.commons.compress;

    exports io.github.dynarestore;
    exports io.github.dynarestore.json;
    exports io.github.dynarestore.model;
    exports io.github.dynarestore.progress;
    exports io.github.dynarestore.spi;

    uses io.github.dynarestore.spi.BackupFormat;
    uses io.github.dynarestore.spi.AttributeMapperFactory;
}
