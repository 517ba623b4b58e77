package io.github.dynarestore.internal.write;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connections of HTTP/1.1 to one server, kept open between requests; each carries one request at a time. The SDK's client
 * on the same Netty costs two to four times the CPU for a request; see docs/decisions/0009. Thread-safe.
 */
final class HttpConnections implements AutoCloseable {

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    /** A batch that is handed back whole is as long as the request was, 16 MB at most. */
    private static final int MAX_ANSWER_BYTES = 32 << 20;

    private final EventLoopGroup eventLoops;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final ConcurrentLinkedDeque<Channel> idle = new ConcurrentLinkedDeque<>();
    private final Bootstrap bootstrap;
    private final long timeoutMillis;

    /**
     * Prepares connections; none is opened yet.
     *
     * @param tls how to encrypt; null for plain text
     * @param timeoutMillis how long an answer may take
     */
    HttpConnections(URI server, @Nullable SslContext tls, int threads, long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
        eventLoops = new NioEventLoopGroup(threads, new DefaultThreadFactory("dynarestore-http", true));
        int port = server.getPort() >= 0 ? server.getPort() : tls == null ? 80 : 443;
        bootstrap = new Bootstrap()
                .group(eventLoops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .remoteAddress(server.getHost(), port)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        open.add(channel);
                        if (tls != null) {
                            channel.pipeline().addLast(tls.newHandler(channel.alloc(), server.getHost(), port));
                        }
                        channel.pipeline()
                                .addLast(
                                        new HttpClientCodec(),
                                        new HttpObjectAggregator(MAX_ANSWER_BYTES, true),
                                        new Exchange());
                    }
                });
    }

    /**
     * Sends a POST; the future completes on an event loop, with an {@link IOException} if no whole answer came.
     *
     * @param body parts of the body, one behind the other
     * @param departed run on an event loop when the whole request was handed to the network
     */
    CompletableFuture<HttpAnswer> post(
            String path, Map<String, List<String>> headers, ByteBuffer[] body, Runnable departed) {
        ByteBuf content = Unpooled.wrappedBuffer(body);
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.POST,
                path,
                content,
                // Not checked again: the signer has canonicalised them.
                new DefaultHttpHeaders(false),
                EmptyHttpHeaders.INSTANCE);
        headers.forEach((name, values) -> request.headers().add(name, values));
        request.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
        CompletableFuture<HttpAnswer> answer = new CompletableFuture<>();
        Channel connection;
        while ((connection = idle.pollFirst()) != null) {
            if (connection.isActive()) {
                begin(connection, request, departed, answer);
                return answer;
            }
        }
        bootstrap.connect().addListener((ChannelFuture connected) -> {
            if (connected.isSuccess()) {
                begin(connected.channel(), request, departed, answer);
            } else {
                answer.completeExceptionally(new IOException("no connection", connected.cause()));
            }
        });
        return answer;
    }

    private static void begin(
            Channel connection, FullHttpRequest request, Runnable departed, CompletableFuture<HttpAnswer> answer) {
        Exchange exchange = connection.pipeline().get(Exchange.class);
        if (exchange == null) {
            answer.completeExceptionally(new IOException("the connection was closed"));
        } else {
            connection.eventLoop().execute(() -> exchange.begin(connection, request, departed, answer));
        }
    }

    /** Closes every connection; requests under way fail. */
    @Override
    public void close() {
        var unused = open.close();
        Future<?> ended = eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        for (EventExecutor eventLoop : eventLoops) {
            if (eventLoop.inEventLoop()) {
                // It would wait for itself.
                return;
            }
        }
        ended.awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    /** One connection's request under way; used on its event loop only. */
    private final class Exchange extends SimpleChannelInboundHandler<FullHttpResponse> {
        private @Nullable CompletableFuture<HttpAnswer> awaited;
        private @Nullable ScheduledFuture<?> timeout;

        void begin(
                Channel connection, FullHttpRequest request, Runnable departed, CompletableFuture<HttpAnswer> answer) {
            awaited = answer;
            timeout = connection
                    .eventLoop()
                    .schedule(
                            () -> fail(connection, new IOException("no answer within " + timeoutMillis + " ms")),
                            timeoutMillis,
                            TimeUnit.MILLISECONDS);
            connection.writeAndFlush(request).addListener(written -> {
                if (written.isSuccess()) {
                    departed.run();
                } else {
                    fail(connection, new IOException("the request could not be sent", written.cause()));
                }
            });
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            if (response.decoderResult().isFailure()) {
                fail(
                        context.channel(),
                        new IOException("no HTTP", response.decoderResult().cause()));
                return;
            }
            if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
                // The answer follows. Taken for it, this would let the next request have the answer to this one.
                return;
            }
            HttpHeaders headers = response.headers();
            byte[] body = new byte[response.content().readableBytes()];
            response.content().readBytes(body);
            HttpAnswer answer = new HttpAnswer(
                    response.status().code(), headers.get("x-amz-crc32"), headers.get("x-amzn-requestid"), body);
            CompletableFuture<HttpAnswer> waiting = end();
            if (waiting == null || !HttpUtil.isKeepAlive(response)) {
                // An answer that nobody asked for, or the last of its connection.
                var unused = context.close();
            } else {
                idle.addFirst(context.channel());
            }
            if (waiting != null) {
                waiting.complete(answer);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            fail(context.channel(), new IOException("the connection broke", cause));
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            idle.remove(context.channel());
            fail(context.channel(), new IOException("the connection was closed before the answer was whole"));
        }

        private void fail(Channel connection, IOException failure) {
            CompletableFuture<HttpAnswer> waiting = end();
            var unused = connection.close();
            if (waiting != null) {
                waiting.completeExceptionally(failure);
            }
        }

        private @Nullable CompletableFuture<HttpAnswer> end() {
            CompletableFuture<HttpAnswer> waiting = awaited;
            awaited = null;
            if (timeout != null) {
                timeout.cancel(false);
                timeout = null;
            }
            return waiting;
        }
    }
}
