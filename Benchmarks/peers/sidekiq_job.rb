# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

# Martlet: what Sidekiq runs, and where its Redis is.

require "logger"
require "sidekiq"

REDIS = { url: ENV.fetch("PEER_REDIS_URL"), logger: nil }.freeze
Sidekiq.configure_client { |config| config.redis = REDIS.merge(size: 2) }
Sidekiq.configure_server do |config|
  config.redis = REDIS
  config.on(:startup) do
    $stdout.puts "ready"
    $stdout.flush
  end
end
Sidekiq.logger.level = Logger::WARN
# Version 4.8 of the redis gem warns at every call that Sidekiq makes in the old way; none of our business, and slow.
Redis.sadd_returns_boolean = false if Redis.respond_to?(:sadd_returns_boolean=)

# One job: nothing, or a sleep and a line in the record of runs.
class Noop
  include Sidekiq::Worker
  sidekiq_options queue: "bench", retry: 5

  PATH = ENV["PEER_RECORD"]
  RECORD = PATH && File.open(PATH, File::WRONLY | File::APPEND | File::CREAT, 0o600)
  PAUSE = ENV.fetch("PEER_JOB_SECONDS", "0").to_f

  def perform(job)
    return unless RECORD

    sleep PAUSE
    RECORD.syswrite("#{job["number"]}\n")
  end
end
