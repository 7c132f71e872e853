-- `:Stagegate`, for what no key of Neovim's own reaches. See |stagegate-commands|.

if vim.g.loaded_stagegate then
  return
end
vim.g.loaded_stagegate = true

vim.api.nvim_create_user_command('Stagegate', function(args)
  require('stagegate.commands').run(args.fargs)
end, {
  nargs = '+',
  desc = 'Gates, promotions and rollbacks of components',
  complete = function(lead, line)
    return require('stagegate.commands').complete(lead, line)
  end,
})

-- Plans that the server had shown; it has their text.
vim.api.nvim_create_autocmd('BufReadCmd', {
  pattern = 'stagegate:/plan/*',
  callback = function(args)
    require('stagegate.commands').read(args.buf, args.match)
  end,
})
