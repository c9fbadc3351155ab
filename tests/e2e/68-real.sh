#!/bin/sh
# Servers that are not ours: nginx(8) as the TLS front of the simulator, with
# its own limit of requests, and tinyproxy(8) as the way to it.  Both run as
# a plain user, below $tmp, on ports that are free.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin

# As root: nobody, for whom it takes a directory.
home=$tmp/servers
mkdir "$home"
plain=
if [ "$(id -u)" = 0 ]; then
	plain='setpriv --reuid=65534 --regid=65534 --clear-groups'
fi
"$root/tools/test-ca" "$tmp/tls" 2>"$err" || cat "$err"
cp "$tmp/tls/server.pem" "$tmp/tls/server.key" "$home"
[ -z "$plain" ] || chown -R 65534:65534 "$home"
start_sim
direct=$url
export CURL_CA_BUNDLE="$tmp/tls/ca.pem"

# A number that is probably free, below those that the kernel gives away.
random_port() {
	echo $((10000 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
}
# answers PORT: does somebody?
answers() {
	[ "$(curl -sk --noproxy '*' -m 20 -o "$tmp/null" \
		-w '%{http_code}' "$2://127.0.0.1:$1/")" != 000 ]
}
alive_or_answers() {
	gone "$server" || answers "$port" "$1"
}
# serve NAME SCHEME COMMAND...: start it on $port, which write_NAME has put
# into its settings, and on another if that is taken
serve() {
	name=$1
	scheme=$2
	shift 2
	for try in 1 2 3 4 5; do
		port=$(random_port)
		"write_$name"
		$plain "$@" >"$home.$name" 2>&1 &
		server=$!
		started="$started $server"
		eventually alive_or_answers "$scheme"
		gone $server || return 0
	done
	echo "Bail out! no $name after $try tries: $(head -n 3 "$home.$name")"
	exit 1
}

write_nginx() {
	cat >"$home/nginx.conf" <<-END
		daemon off;
		master_process off;
		pid $home/nginx.pid;
		error_log $home/error.log;
		events {}
		http {
			access_log $home/access.log;
			client_body_temp_path $home/body;
			proxy_temp_path $home/proxy;
			fastcgi_temp_path $home/fastcgi;
			uwsgi_temp_path $home/uwsgi;
			scgi_temp_path $home/scgi;
			gzip on;
			gzip_types application/json;
			gzip_min_length 1;
			client_max_body_size 64k;
			limit_req_zone \$binary_remote_addr zone=one:1m rate=5r/s;
			limit_req_status 429;
			server {
				listen 127.0.0.1:$port ssl http2;
				ssl_certificate $home/server.pem;
				ssl_certificate_key $home/server.key;
				location /v1/ {
					proxy_pass $direct/;
					proxy_buffering off;
				}
				location /limited/ {
					limit_req zone=one burst=2 nodelay;
					proxy_pass $direct/;
				}
				location /short/ {
					proxy_pass $direct/;
					proxy_read_timeout 300ms;
				}
				location /dead/ {
					proxy_pass http://127.0.0.1:1/;
				}
				location /moved/ {
					return 308 $direct\$uri;
				}
			}
		}
	END
}

# ---- nginx ----
nginx_tests() {
	serve nginx https nginx -c "$home/nginx.conf" -e "$home/error.log"
	front=https://127.0.0.1:$port
	url=$front/v1
	fresh
	prompts 1 20 'through a front'
	batch
	is 'nginx: exit status' $rc 0
	is 'nginx: received' "$(stat requests)" 20
	ok 'nginx: the ledger is exact' exact
	ok 'nginx: nothing is left over' clean

	fresh
	prompt 1 'small'
	prompt 2 "$(head -c 100000 /dev/zero | tr '\0' ' ')large"
	batch
	is 'too large for nginx: exit status' $rc 1
	like 'too large for nginx: first line' "$(answer 2)" \
		'^chatgpt-batch error: .*\(HTTP 413\) after 1 attempt$'
	ok 'too large for nginx: the other is answered' test -s "$(answer 1)"
	is 'too large for nginx: the day' "$(ledger tokens_within_day)" \
		"$(stat billed_total_tokens)"

	# It answers 429 in HTML and does not say when to come back.
	fresh
	prompts 1 9 'one of many'
	batch --base-url "$front/limited" --attempts 9
	is 'limit_req: exit status' $rc 0
	is 'limit_req: each is answered once' "$(stat requests)" 9
	# Valgrind is slower than that.
	if [ "${SAN:-}" = valgrind ]; then
		skip 'limit_req: it has refused some'
	else
		ok 'limit_req: it has refused some' \
			grep -q ' 429 ' "$home/access.log"
	fi
	is 'limit_req: the day has what is billed' \
		"$(ledger tokens_within_day)" "$(stat billed_total_tokens)"
	is 'limit_req: the minute has every attempt' \
		"$(ledger requests_within_min)" \
		"$(grep -c '"POST /limited/' "$home/access.log")"

	fresh
	prompt 1 'slow [[sim: latency=3000]]'
	batch --base-url "$front/short" --attempts 1
	is 'a gateway that loses patience: exit status' $rc 1
	like 'a gateway that loses patience: first line' "$(answer 1)" \
		'^chatgpt-batch error: .*\(HTTP 504\) after 1 attempt$'
	fresh
	prompt 1 'nobody there'
	batch --base-url "$front/dead" --attempts 2
	is 'a gateway to nowhere: exit status' $rc 1
	like 'a gateway to nowhere: first line' "$(answer 1)" \
		'^chatgpt-batch error: .*\(HTTP 502\) after 2 attempts$'
	is 'a gateway to nowhere: nothing is charged' \
		"$(ledger tokens_within_day)" 0
	fresh
	prompt 1 'elsewhere'
	batch --base-url "$front/moved"
	is 'a redirect to HTTP: exit status' $rc 1
	is 'a redirect to HTTP: not followed' "$(stat requests)" 0
}

# ---- tinyproxy ----
write_tinyproxy() {
	cat >"$home/tinyproxy.conf" <<-END
		Port $port
		Listen 127.0.0.1
		Timeout 60
		MaxClients 100
		LogFile "$home/tinyproxy.log"
		LogLevel Connect
		PidFile "$home/tinyproxy.pid"
		Allow 127.0.0.1
		ConnectPort $tls_port
	END
}
tunnels() {
	grep -c "CONNECT .*:$tls_port HTTP" "$home/tinyproxy.log"
}

tinyproxy_tests() {
	start_sim --tls "$tmp/tls/server.pem" "$tmp/tls/server.key"
	tls_port=${base##*:}
	serve tinyproxy http tinyproxy -d -c "$home/tinyproxy.conf"
	proxy=127.0.0.1:$port
	fresh
	prompts 1 10 'through a tunnel'
	https_proxy=http://$proxy batch
	is 'CONNECT: exit status' $rc 0
	ok 'CONNECT: the ledger is exact' exact
	is 'CONNECT: a tunnel for each' "$(tunnels)" 10
	unlike 'CONNECT: the proxy has not seen the key' \
		"$home/tinyproxy.log" "$key"
	HTTPS_PROXY=$proxy batch -B --base-url "https://localhost:$tls_port/v1"
	is 'HTTPS_PROXY, a name: exit status' $rc 0
	is 'HTTPS_PROXY, a name: tunnels' "$(tunnels)" 20
	all_proxy=http://$proxy batch -B
	is 'all_proxy: exit status' $rc 0
	is 'all_proxy: tunnels' "$(tunnels)" 30
	https_proxy=http://$proxy no_proxy=example.com,127.0.0.1 batch -B
	is 'no_proxy: exit status' $rc 0
	is 'no_proxy: no more tunnels' "$(tunnels)" 30
	ok 'proxies: the ledger is exact' exact

	fresh
	prompt 1 'refused'
	https_proxy=http://$proxy batch --attempts 1 \
		--base-url https://127.0.0.1:1/v1
	is 'a port that it does not allow: exit status' $rc 1
	like 'a port that it does not allow: said' "$(answer 1)" 403
	is 'a port that it does not allow: nothing is charged' \
		"$(ledger tokens_within_day)$(ledger requests_within_min)" 00
	https_proxy=http://127.0.0.1:1 batch --attempts 2
	is 'no proxy there: exit status' $rc 1
	is 'no proxy there: nothing is received' "$(stat requests)" 0
	# Clear text does not leave the machine, whatever the variables say.
	url=$direct
	base=${direct%/v1}
	fresh
	prompt 1 'in clear text'
	http_proxy=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1 batch
	is 'http_proxy and loopback: exit status' $rc 0
	kill $server
	wait $server
}

# A front that is reached through a tunnel.
both_tests() {
	tls_port=${front##*:}
	serve tinyproxy http tinyproxy -d -c "$home/tinyproxy.conf"
	url=$front/v1
	base=${direct%/v1}
	fresh
	prompts 1 10 'all the way'
	https_proxy=http://127.0.0.1:$port batch
	is 'through both: exit status' $rc 0
	is 'through both: received' "$(stat requests)" 10
	ok 'through both: the ledger is exact' exact
}

have() {
	command -v "$1" >/dev/null || {
		skip "$1 is not installed"
		return 1
	}
}
front=
! have nginx || nginx_tests
! have tinyproxy || tinyproxy_tests
[ -z "$front" ] || ! have tinyproxy || both_tests
done_testing
